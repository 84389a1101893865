"""Makes the books that import is measured with: an EPUB of a million characters and a PDF of a thousand pages.

Every word is drawn from a short list with a fixed seed, so that each run makes the same books.
"""

import random
import sys
from pathlib import Path

from ebooklib import epub
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen import canvas

WORDS = (
    "the a keeper lamp boat sea wind night morning rope ladder harbour captain letter storm window candle winter "
    "silence river mountain answer yesterday nothing lighthouse understood remembered considerable quietly again"
).split()
CHAPTERS = 40
CHARACTERS = 1_000_000
PAGES = 1_000


def sentence(rng):
    words = [rng.choice(WORDS) for _ in range(rng.randint(5, 20))]
    words[rng.randrange(len(words) - 1)] += ","
    end = rng.choice([".", ".", ".", "?", "!", ", said Dr. Hale at 4.30 p.m."])
    text = " ".join(words)
    return text[0].upper() + text[1:] + end


def paragraph(rng):
    return " ".join(sentence(rng) for _ in range(rng.randint(2, 7)))


def make_epub(path, rng):
    book = epub.EpubBook()
    book.set_identifier("lamp")
    book.set_title("The Lamp")
    book.set_language("en")
    book.add_author("A. Keeper")
    chapters = []
    for number in range(1, CHAPTERS + 1):
        page = epub.EpubHtml(title=f"Chapter {number}", file_name=f"c{number}.xhtml", lang="en")
        body, length = [f"<h1>Chapter {number}</h1>"], 0
        while length < CHARACTERS / CHAPTERS:
            text = paragraph(rng)
            length += len(text)
            body.append(f"<p>{text}</p>")
        page.content = "".join(body)
        book.add_item(page)
        chapters.append(page)
    book.toc = chapters
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *chapters]
    epub.write_epub(str(path), book)


def make_pdf(path, rng):
    page = canvas.Canvas(str(path), pagesize=A5)
    page.setTitle("The Lamp")
    width, height = A5
    words = []
    for number in range(1, PAGES + 1):
        page.setFont("Times-Italic", 8)
        page.drawString(40, height - 25, "The Lamp")
        page.drawCentredString(width / 2, 20, str(number))
        page.setFont("Times-Roman", 10)
        y = height - 50
        while y > 50:
            line = []
            while True:
                if not words:
                    words = paragraph(rng).split()
                if page.stringWidth(" ".join([*line, words[0]]), "Times-Roman", 10) > width - 80:
                    break
                line.append(words.pop(0))
                if not words:
                    break
            page.drawString(40, y, " ".join(line))
            y -= 12
        page.showPage()
    page.save()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    make_epub(folder / "lamp.epub", random.Random(1))
    make_pdf(folder / "lamp.pdf", random.Random(2))
