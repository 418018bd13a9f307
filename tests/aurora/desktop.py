"""What the lint asks of an application package beyond its program: the `.desktop` file, the icons, the page."""

import configparser
import re
import struct

ICONS = {86, 108, 128, 172}
PERMISSIONS = {"Internet", "DeviceInfo", "ManagedConfiguration"}
KEYS = {"Type", "Name", "Icon", "Exec"}
ABSOLUTE_IMPORT = re.compile(rb"^\s*import\s+\"(/|file:)", re.M)


def check_desktop(package, check):
    """The `.desktop` file."""
    name = package.head["name"]
    path = f"/usr/share/applications/{name}.desktop"
    if path not in [entry.path for entry in package.entries]:
        check.that("launcher", [f"there is no {path}"])
        return
    file = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    file.optionxform = str
    file.read_string(package.content(path).decode())
    entry = dict(file["Desktop Entry"]) if file.has_section("Desktop Entry") else {}
    wanted = {"Type": "Application", "Icon": name, "Exec": f"/usr/bin/{name} %u"}
    wrong = [f"there is no {key}" for key in sorted(KEYS - entry.keys())]
    wrong += [f"{key} is {entry[key]}" for key, value in wanted.items() if key in entry and entry[key] != value]
    wrong += [f"{key} is empty" for key in KEYS & entry.keys() if not entry[key]]
    check.that("launcher", wrong, f"{entry.get('Name')}, {entry.get('Exec')}")
    wrong = [f"there is no {key} in Russian" for key in ("Name", "Comment") if not entry.get(f"{key}[ru]")]
    check.that("launcher in both languages", wrong)
    check_sandbox(file, name, check)


def check_sandbox(file, name, check):
    sandbox = dict(file["X-Application"]) if file.has_section("X-Application") else {}
    organisation, _, application = name.rpartition(".")
    wanted = {"OrganizationName": organisation, "ApplicationName": application}
    wrong = [f"{key} is {sandbox.get(key)}, not {value}" for key, value in wanted.items() if sandbox.get(key) != value]
    check.that("sandbox: organisation and name are those of the package", wrong)
    asked = {section: permissions(file[section]) for section in file.sections() if section == "X-Application" or section.startswith("X-Task ")}
    wrong = [f"{name} in [{section}]" for section, names in asked.items() for name in sorted(names - PERMISSIONS)]
    wrong += [f"there is no {name}" for name in sorted(PERMISSIONS - asked.get("X-Application", set()))]
    check.that("permissions: what the agent uses and no other", wrong, " ".join(sorted(asked.get("X-Application", set()))))
    others = [section for section in file.sections() if section != "Desktop Entry" and section not in asked]
    check.that("no other sections", others + (["Sandboxing"] if "Sandboxing" in sandbox else []))


def permissions(section):
    return {name for name in section.get("Permissions", "").split(";") if name}


def check_icons(package, check):
    """One PNG for each size, of that size."""
    wrong, seen = [], set()
    for entry in package.entries:
        match = re.fullmatch(r"/usr/share/icons/hicolor/(\d+)x(\d+)/apps/.*\.png", entry.path)
        if match:
            content, side = package.content(entry.path), int(match[1])
            is_png = content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR"
            size = struct.unpack(">II", content[16:24]) if is_png else None
            wrong += [] if size == (side, int(match[2])) else [f"{entry.path} is {size or 'no PNG'}"]
            seen.add(side)
    wrong += [f"there is none of {side} pixels" for side in sorted(ICONS - seen)] + [f"{side} pixels" for side in sorted(seen - ICONS)]
    check.that("icons", wrong, " ".join(str(side) for side in sorted(seen)))


def check_pages(package, check):
    """The page where `sailfish-qml` looks for it, without imports of absolute places."""
    name = package.head["name"]
    pages = [entry.path for entry in package.entries if entry.path.endswith((".qml", ".js"))]
    main = f"/usr/share/{name}/qml/{name}.qml"
    wrong = [] if main in pages else [f"there is no {main}"]
    wrong += [f"{path} imports an absolute place" for path in pages if ABSOLUTE_IMPORT.search(package.content(path))]
    check.that("pages", wrong, f"{len(pages)} files")
