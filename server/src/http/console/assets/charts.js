// Draws the tables marked data-chart with Chart.js (vendor/chart.umd.js), and folds them away. Without this file the tables stand open.
"use strict";

(() => {
  if (!window.Chart) return;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const states = { ready: "--bar-compliant", grace: "--bar-grace", failing: "--bar-failing", silent: "--bar-silent", unknown: "--bar-unknown", exempt: "--bar-exempt" };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const colour = (name, nth) => style(states[name] || `--area-${(nth % 9) + 1}`);

  const read = (table) => {
    const rows = [...table.tBodies[0].rows].reverse();
    const names = [...table.tHead.rows[0].cells].slice(1);
    return {
      days: rows.map((row) => row.cells[0].textContent),
      shares: names.map((cell, nth) => ({
        name: cell.dataset.name,
        label: cell.textContent,
        data: rows.map((row) => (row.cells[nth + 1].dataset.n === undefined ? null : Number(row.cells[nth + 1].dataset.n))),
      })),
    };
  };

  const draw = (table) => {
    const figure = table.closest("figure");
    const { days, shares } = read(table);
    const holder = figure.querySelector(".canvas");
    holder.hidden = false;
    figure.querySelector("details").open = false;
    const ticks = { color: style("--soft"), font: { size: 11 } };
    const dataset = (share, nth) => ({
      label: share.label,
      data: share.data,
      backgroundColor: colour(share.name, nth),
      borderWidth: 0,
      // a line takes two days: one alone is a point
      pointRadius: share.data.filter((n) => n !== null).length > 1 ? 0 : 3,
      pointHitRadius: 8,
      fill: true,
    });
    return new Chart(holder.firstElementChild, {
      type: "line",
      data: { labels: days, datasets: shares.map(dataset) },
      options: {
        animation: still ? false : { duration: 200 },
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: { legend: { position: "bottom", labels: { color: style("--ink"), boxWidth: 10, boxHeight: 10, font: { size: 12 } } } },
        scales: {
          x: { grid: { display: false }, ticks: { ...ticks, maxTicksLimit: 6, maxRotation: 0 } },
          y: { stacked: true, beginAtZero: true, grid: { color: style("--line") }, ticks: { ...ticks, precision: 0, maxTicksLimit: 5 } },
        },
      },
    });
  };

  let drawn = [...document.querySelectorAll("table[data-chart]")].map(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of drawn) chart.destroy();
    drawn = [...document.querySelectorAll("table[data-chart]")].map(draw);
  });
})();
