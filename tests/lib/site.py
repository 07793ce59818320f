"""What a rendered site is held against.

    site.py links DIRECTORY    prints each link of its pages that leads nowhere within it
    site.py colours PNG        prints how many colours a picture has
"""
import html.parser
import pathlib
import struct
import sys
import urllib.parse
import zlib


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)


def links(directory):
    directory = pathlib.Path(directory).resolve()
    pages = {path: Page(path) for path in directory.rglob("*.html")}
    for path, page in sorted(pages.items()):
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            # The letters above Doxygen's own lists of names lead nowhere where there is a single one (1.18).
            if parts.scheme in ("http", "https", "javascript") or link.startswith("#index_"):
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.is_file() or directory not in target.parents:
                print(f"{path.name}: {link}")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                print(f"{path.name}: {link}: there is no such place in the page")
    if len(pages) < 10:
        print(f"there are only {len(pages)} pages")


def unfiltered(kind, row, above, size):
    """One row of a picture: each byte is a difference to those beside and above it (PNG, section 9.2)."""
    for i in range(len(row)):
        left = row[i - size] if i >= size else 0
        corner = above[i - size] if i >= size else 0
        if kind == 1:
            row[i] = (row[i] + left) & 255
        elif kind == 2:
            row[i] = (row[i] + above[i]) & 255
        elif kind == 3:
            row[i] = (row[i] + (left + above[i]) // 2) & 255
        elif kind == 4:
            guess = left + above[i] - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]), (abs(guess - corner), 2, corner))
            row[i] = (row[i] + nearest[2]) & 255
    return row


def colours(picture):
    content = pathlib.Path(picture).read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at:at + 8])
        chunk = content[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", chunk[:10])
        elif kind == b"IDAT":
            data += chunk
        at += length + 12
    assert depth == 8 and colour in (2, 6)
    size = 3 if colour == 2 else 4
    data = zlib.decompress(data)
    found, above = set(), bytearray(width * size)
    for y in range(height):
        begin = y * (width * size + 1)
        above = unfiltered(data[begin], bytearray(data[begin + 1:begin + 1 + width * size]), above, size)
        found.update(bytes(above[x:x + 3]) for x in range(0, len(above), size))
    print(len(found))


{"links": links, "colours": colours}[sys.argv[1]](sys.argv[2])
