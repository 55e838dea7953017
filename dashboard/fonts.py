"""The font that comes with the product: Noto Sans SC in slices, so that a page loads only the characters it shows.

`python -m dashboard.fonts FOLDER` takes the slices out of an unpacked npm package @fontsource-variable/noto-sans-sc.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from dashboard.words import ASSETS

FOLDER: Final = ASSETS / "fonts"
PATH: Final = "/assets/fonts/"
BEFORE_SIGN_IN: Final = "/sign-in/fonts/"  # the same for who is not let in yet: assets are behind the gate
SHEET: Final = "noto-sans-sc.css"
FAMILY: Final = "Noto Sans SC"
LASTING: Final = {"cache-control": "public, max-age=31536000, immutable"}  # the address carries the font's version
SOURCE: Final = re.compile(r'url\("([^"]+)"\)[^}]*?unicode-range: ([^;]+);')
FIRST: Final = "noto-sans-sc-latin.woff2"
HEAD: Final = """/* {family} {version}, (c) 2014-2021 Adobe, SIL Open Font License 1.1. By `python -m dashboard.fonts`.
   block: for some milliseconds nothing, never another font's widths, nor boxes where there is no Chinese font. */
"""
FACE: Final = """@font-face {{ font-family: "{family}"; font-weight: 400 700; font-display: block;
  src: url("{file}?v={version}") format("woff2"); unicode-range: {characters}; }}
"""


def sources(folder: Path = FOLDER) -> dict[str, str]:
    """By address within `folder`, the characters (unicode-range) of each slice."""
    return dict(SOURCE.findall((folder / SHEET).read_text(encoding="utf-8")))


def preload() -> str:
    """The tag that fetches Latin letters and digits at once: no page is without them.

    Fetching the commonest Chinese slices early as well brought nothing that could be measured.
    """
    address = next(file for file in sources() if file.startswith(FIRST))
    return f'<link rel="preload" href="{PATH}{address}" as="font" type="font/woff2" crossorigin>'


def add(server: FastAPI) -> None:
    """The slices' route. It comes before Dash's own for assets, which lets a browser ask again at every load."""
    known = {file.name: file for file in FOLDER.glob("*.woff2")}

    @server.get(PATH + "{name}.woff2")
    async def font(name: str) -> Response:
        file = known.get(f"{name}.woff2")
        if file is None:
            return Response(status_code=404)
        return FileResponse(file, media_type="font/woff2", headers=LASTING)

    @server.get(BEFORE_SIGN_IN + "{name}")
    async def early(name: str) -> Response:
        file = known.get(name) or (FOLDER / SHEET if name == SHEET else None)
        if file is None:
            return Response(status_code=404)
        kind = "text/css" if name == SHEET else "font/woff2"
        return FileResponse(file, media_type=kind, headers=LASTING if name != SHEET else None)


def make(package: Path, folder: Path = FOLDER) -> int:
    """Copies the slices of an unpacked package into `folder` and writes their style sheet; how many slices."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    slices = json.loads((package / "unicode.json").read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.woff2"):
        old.unlink()
    faces = []
    for name, characters in slices.items():
        plain = name.strip("[]")
        file = f"noto-sans-sc-{plain}.woff2"
        shutil.copyfile(package / "files" / f"noto-sans-sc-{plain}-wght-normal.woff2", folder / file)
        faces.append(FACE.format(family=FAMILY, file=file, version=version, characters=characters))
    (folder / SHEET).write_text(HEAD.format(family=FAMILY, version=version) + "".join(faces), encoding="utf-8")
    shutil.copyfile(package / "LICENSE", folder / "OFL.txt")
    return len(faces)


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
