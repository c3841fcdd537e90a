#!/usr/bin/env python3
"""Checks of the source that no compiler makes: tidy.py ROOT. Prints one line per finding; ends with 1 if there is any."""

import pathlib
import re
import subprocess
import sys

LINES_MAX = 400

# What a folder may include besides what stands above it in the list of CMakeLists.txt, said as what it may not:
# (folder, forbidden include, exception, why).
FENCES = [
    (r"config", r"(system|net|actors)/", None, "config stands above everything and knows nobody"),
    (r"net/(outbound|platforms|files|mail|payments)", r"system/(actor|cluster)/", None,
     "the outbound half of net/ lies below the actors"),
    (r"net/bridge", r"(actors|net/(platforms|outbound|files))/", r"actors/[a-z]+/(interface|types)\.hpp",
     "transport knows no route's meaning"),
    (r"actors/[a-z]+", r"net/(bridge|api)/", None, "the inbound half of net/ lies above the actors"),
]
# The only headers by which one domain group may know another.
GROUP_DOORS = ("interface.hpp", "types.hpp")
# No group of entities but a library of proofs (passwords, tokens) that the groups below it use like any other.
LIBRARY = "actors/auth"
# Folders in which the actor framework is at home.
CAF_FOLDERS = re.compile(r"(system/(actor|cluster|events|node)|actors/[a-z]+|net/(bridge|api)|tests)(/|$)")

# (files, pattern, what to do instead). Matched on code without comments and string contents.
CPP = r"\.(cpp|hpp)$"
BANNED = [
    (CPP, r"\b(sleep_for|sleep_until|usleep|nanosleep|(?<![\w.:>])sleep)\s*\(",
     "wait for a named condition with a deadline"),
    (r"^(?!tests/|system/node/).*" + CPP, r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(printf|puts)\s*\(",
     "use system/core/log.hpp; only the CLI in system/node talks to people"),
    (r"^(?!tests/).*" + CPP, r"\bcaf::infinite\b|(?<!\w)infinite\b(?=\s*[,)])", "every wait has a named limit"),
    (r"^(?!tests/).*" + CPP, r"\busing\s+namespace\s+caf\b", "name what you use"),
    (r"\.hpp$", r"\busing\s+namespace\b", "not in a header"),
    (CPP, r"\bstd::(rand|time)\s*\(|(?<![\w.:>])(rand|srand|gmtime|localtime|strtok)\s*\(",
     "time, ids and randomness are passed in; use system/core"),
    (r"\.(js|mjs|cjs|ts|tsx)$", r"setTimeout\s*\(\s*(r|res|resolve|done|ok)\b|\btimers/promises\b",
     "wait for a named condition with a deadline"),
]

# In any text file. Put together here so that this file does not find itself.
MARKS = [
    (r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b", "finish it or say why it is as it is"),
    (r"(?<![\w.$}])/(root|home/\w+|work" + r"|Users/\w+)/", "a path of one machine"),
    (r"\b(deb\.debian" + r"\.org|security\.debian" + r"\.org|registry\.(npmjs" + r"\.org|yarnpkg)|pypi" +
     r"\.org|files\.pythonhosted|proxy\.golang)", "a host of a package registry"),
    (r"^(<{7}|>{7}) ", "a conflict that was not resolved"),
]

TEXT = re.compile(r"\.(cpp|hpp|c|h|py|sh|js|mjs|cjs|ts|tsx|json|md|txt|cmake|sql|yaml|yml|toml|conf|service|npmrc)$")
CODE = re.compile(r"\.(cpp|hpp|c|h|py|sh|js|mjs|cjs|ts|tsx)$")


def read(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def is_text(path, name):
    """By name, or, for programs without an ending, by their first line."""
    if TEXT.search(name):
        return True
    if "." in path.name:
        return False
    with path.open("rb") as f:
        return f.read(2) == b"#!"


def files_of(root):
    """What git knows or would take; without git, everything outside of build/, var/ and node_modules/."""
    try:
        out = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = [str(p.relative_to(root)) for p in root.rglob("*")]
        names = [n for n in names if not re.search(r"(^|/)(\.git|build|var|node_modules)(/|$)", n)]
    return sorted(n for n in set(names) if (root / n).is_file())


def code_only(text):
    """C++ text with comments and the inside of literals blanked; line breaks stay."""
    def blank(match):
        kept = match.group(0)
        if kept.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", kept)
        return kept[0] + re.sub(r"[^\n]", " ", kept[1:-1]) + kept[-1]
    pattern = r'R"(\w*)\((?:.|\n)*?\)\1"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, text)


def findings_in(text, pattern):
    for match in re.finditer(pattern, text, re.MULTILINE):
        yield text.count("\n", 0, match.start()) + 1, match.group(0).strip()


def layers_of(root):
    """The folders in the order of CMakeLists.txt, where each may use those above it."""
    text = read(root / "CMakeLists.txt") or ""
    match = re.search(r"foreach\(folder IN ITEMS\s+(.*?)\)", text, re.DOTALL)
    return match.group(1).split() if match else []


def layer_of(name, layers):
    fitting = [l for l in layers if name.startswith(l + "/")]
    return max(fitting, key=len) if fitting else None


def check_include(name, included, layers):
    """Why `name` may not include `included`; None if it may."""
    mine, theirs = layer_of(name, layers), layer_of(included, layers)
    if theirs is None or mine is None or mine == theirs or mine in ("tests", "system/node"):
        return None
    if theirs == "tests":
        return "the server does not include its tests"
    for folder, forbidden, exception, why in FENCES:
        if re.fullmatch(folder, mine) and re.match(forbidden, included):
            if not (exception and re.fullmatch(exception, included)):
                return why
    if mine.startswith("actors/") and theirs.startswith("actors/") and theirs != LIBRARY:
        # Groups may know each other in any direction, but only through the door.
        if pathlib.PurePath(included).name not in GROUP_DOORS:
            return f"groups know each other only through {' and '.join(GROUP_DOORS)}"
        return None
    if layers.index(theirs) > layers.index(mine):
        return f"{theirs} stands below {mine} in CMakeLists.txt"
    return None


def check_includes(root, names):
    layers = layers_of(root)
    if not layers:
        yield "CMakeLists.txt:1: the list of folders was not found"
    for name in names:
        if not re.search(CPP, name):
            continue
        text = read(root / name) or ""
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
            if not match:
                continue
            bracket, included = match.groups()
            if bracket == "<":
                if included.startswith("caf/") and not CAF_FOLDERS.match(name):
                    yield f"{name}:{number}: includes <{included}>: no actors in this folder"
                continue
            if name.startswith("tests/") and ((root / name).parent / included).is_file():
                continue  # tests may name their neighbours
            if not (root / included).is_file():
                yield f"{name}:{number}: includes \"{included}\", which is no path from the root of the checkout"
                continue
            why = check_include(name, included, layers)
            if why:
                yield f"{name}:{number}: includes \"{included}\": {why}"


def check_banned(root, names):
    for name in names:
        rules = [(pattern, instead) for files, pattern, instead in BANNED if re.search(files, name)]
        if not rules:
            continue
        code = code_only(read(root / name) or "")
        for pattern, instead in rules:
            for line, found in findings_in(code, pattern):
                yield f"{name}:{line}: {found}: {instead}"


def check_marks(root, names):
    for name in names:
        if not is_text(root / name, name):
            continue
        text = read(root / name)
        if text is None:
            yield f"{name}:1: is not UTF-8"
            continue
        for pattern, why in MARKS:
            for line, found in findings_in(text, pattern):
                yield f"{name}:{line}: {found}: {why}"


def check_readmes(root, names):
    have = {str(pathlib.PurePath(n).parent) for n in names if n.endswith("README.md")}
    seen = set()
    for name in names:
        folder = pathlib.PurePath(name).parent
        parts = folder.parts
        if not parts or parts[0].startswith(".") or not (CODE.search(name) or "." not in pathlib.PurePath(name).name):
            continue
        # A folder of helpers, schemas or fixtures is spoken for by the one that holds it.
        if parts[-1] in ("lib", "schema", "cmake", "corpus", "records") or "corpus" in parts:
            continue
        if parts[0] == "tests":
            # Folders that mirror the source tree are explained there.
            if len(parts) > 1 and parts[1] in ("system", "net", "actors"):
                continue
            parts = parts[:2]
        if parts[0] == "clients":
            parts = parts[:2]
        wanted = "/".join(parts)
        if wanted not in have and wanted not in seen:
            seen.add(wanted)
            yield f"{wanted}/README.md:1: is missing: what lives here, what it may touch, what it must never do"


def check_length(root, names):
    for name in names:
        if not CODE.search(name):
            continue
        text = read(root / name) or ""
        lines = text.count("\n")
        if lines > LINES_MAX and "generated" not in text[:500].lower():
            yield f"{name}:{LINES_MAX}: has {lines} lines: look for the second idea in it and split"


CHECKS = [check_includes, check_banned, check_marks, check_readmes, check_length]


def check(root):
    names = files_of(root)
    for rule in CHECKS:
        yield from rule(root, names)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    found = list(check(root))
    for line in found:
        print(line)
    print(f"{len(found)} findings in {len(files_of(root))} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
