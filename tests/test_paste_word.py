"""A Word document is read as a person sees it; a bad one is refused with a sentence, quickly."""

import io
import time
import zipfile

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from shortlist.paste.placing import place
from shortlist.paste.word import LARGEST, OLE, text_of
from tests.homes import at_home
from tests.test_paste_placing import real_list, shape, typed

load_tests = at_home("postgresql", __name__)

W = nsdecls("w")


def upload(data, name="list.docx"):
    return SimpleUploadedFile(name, data)


def saved(document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def add_list(document, number, *levels):
    """Give the document a list whose levels are (format, text, start)."""
    root = document.part.numbering_part.element
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text, start) in enumerate(levels)
    )
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="{number}">{inner}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))


def add_item(document, words, number, level):
    paragraph = document.add_paragraph(words)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
    )
    return paragraph


def replaced(data, **parts):
    """Return a package with other contents in some parts of its folder `word`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            name = part.filename.removeprefix("word/").removesuffix(".xml")
            new.writestr(part.filename, parts.get(name) or old.read(part))
    return out.getvalue()


class Reading(SimpleTestCase):
    def text(self, document):
        return text_of(upload(saved(document)))

    def test_numbers_that_word_makes_are_read(self):
        document = Document()
        add_list(document, 91, ("chineseCountingThousand", "%1、", 2), ("decimal", "%2.", 1))
        for words, level in (("转型", 0), ("甲。", 1), ("2019年乙。", 1), ("民生", 0), ("丙。", 1)):
            add_item(document, words, 91, level)
        document.add_paragraph("甲", style="List Number")
        document.add_paragraph("乙", style="List Bullet")
        self.assertEqual(self.text(document), "二、转型\n1.甲。\n2. 2019年乙。\n三、民生\n1.丙。\n1.甲\n• 乙")

    def test_number_formats(self):
        forms = {
            "decimal": "12",
            "chineseCounting": "十二",
            "japaneseCounting": "十二",
            "decimalFullWidth": "１２",
            "decimalEnclosedCircle": "⑫",
            "upperLetter": "L",
        }
        for form, printed in forms.items():
            with self.subTest(form):
                document = Document()
                add_list(document, 91, (form, "（%1）", 12))
                add_item(document, "甲", 91, 0)
                self.assertEqual(self.text(document), f"（{printed}）甲")

    def test_soft_breaks_tables_and_headings(self):
        document = Document()
        for name in ("转型", "民生"):
            document.add_heading(name, 1)
            paragraph = document.add_paragraph("甲")
            paragraph.add_run().add_break()
            paragraph.add_run("乙\t丙")
            table = document.add_table(1, 3)
            for cell, words in zip(table.rows[0].cells, ("１", "丁", "戊"), strict=True):
                cell.text = words
        self.assertEqual(
            self.text(document), "【转型】\n甲\n乙\t丙\n１\t丁\t戊\n【民生】\n甲\n乙\t丙\n１\t丁\t戊"
        )

    def test_what_was_inserted_is_read_and_what_was_struck_out_is_not(self):
        document = Document()
        paragraph = document.add_paragraph("甲")
        for tag, words in (("ins", "<w:t>乙</w:t>"), ("del", "<w:delText>丙</w:delText>")):
            paragraph._p.append(parse_xml(f'<w:{tag} {W} w:id="1" w:author="a"><w:r>{words}</w:r></w:{tag}>'))
        self.assertEqual(self.text(document), "甲乙")

    def test_the_real_list_with_numbers_of_word_gives_all_candidates(self):
        document = Document()
        add_list(document, 91, ("chineseCounting", "%1、", 2), ("decimal", "%2.", 1))
        for category, candidates in real_list():
            add_item(document, f"{category['name']}（{category['declared_count']}项）", 91, 0)
            for candidate in candidates:
                add_item(document, candidate["title"] + candidate["body"], 91, 1)
        self.assertEqual(shape(place(self.text(document))), shape(place(typed())))


class Refusals(SimpleTestCase):
    def code(self, data):
        before = time.monotonic()
        with self.assertRaises(ValidationError) as raised:
            text_of(upload(data))
        self.assertLess(time.monotonic() - before, 5)
        self.assertTrue(raised.exception.messages[0])
        return raised.exception.code

    def test_each_bad_file_has_its_sentence(self):
        whole = saved(Document())
        sheet = io.BytesIO()
        with zipfile.ZipFile(sheet, "w") as package:
            package.writestr("xl/workbook.xml", "<a/>")
        cases = {
            "empty": (b"", "empty"),
            "too large": (b"PK" + bytes(LARGEST), "too_large"),
            "behind a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
            "of before 2007": (OLE + bytes(600), "old_format"),
            "a picture of a page": (b"%PDF-1.7", "wrong_type"),
            "a workbook": (sheet.getvalue(), "wrong_type"),
            "half a file": (whole[: len(whole) // 2], "damaged"),
            "no XML": (replaced(whole, document=b"<w:document"), "damaged"),
            "a blank page": (whole, "no_text"),
            "unpacks to far more": (replaced(whole, document=b" " * 40 * 1024**2), "too_large"),
        }
        for what, (data, code) in cases.items():
            with self.subTest(what):
                self.assertEqual(self.code(data), code)

    def test_entities_that_multiply_are_not_expanded(self):
        layers = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
        bomb = (
            f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "甲">{layers}]>'
            f"<w:document {W}><w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p></w:body></w:document>"
        )
        self.assertIn(self.code(replaced(saved(Document()), document=bomb.encode())), ("no_text", "damaged"))
