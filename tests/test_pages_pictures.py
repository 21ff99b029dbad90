"""Pictures beside a candidate: smaller copies in a modern format, the published file as fallback."""

import io
import re

from django.core.files.base import ContentFile
from django.test import SimpleTestCase, TestCase
from PIL import Image

from shortlist.models import Attachment, Candidate
from shortlist.pictures import MOST_PIXELS, shrink

from .factories import digest, make_list, make_open_poll, temporary_keys
from .pages import address, english


def make_picture(width=2000, height=1000, form="PNG", **options):
    """Make the bytes of a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width // 2, height))
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


class ShrinkTest(SimpleTestCase):
    def open(self, data):
        return Image.open(io.BytesIO(data))

    def test_a_copy_is_webp_no_wider_than_asked_and_of_the_same_shape(self):
        for form in ("PNG", "JPEG", "WEBP"):
            small = self.open(shrink(make_picture(form=form), 480))
            self.assertEqual((small.format, small.size), ("WEBP", (480, 240)))

    def test_a_small_picture_is_not_blown_up(self):
        self.assertEqual(self.open(shrink(make_picture(100, 50), 480)).size, (100, 50))

    def test_a_copy_keeps_nothing_of_what_the_camera_wrote_and_stands_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x010F] = "A camera"
        small = shrink(make_picture(400, 200, "JPEG", exif=exif), 960)
        self.assertEqual(self.open(small).size, (200, 400))
        self.assertEqual(dict(self.open(small).getexif()), {})
        self.assertNotIn(b"A camera", small)

    def test_what_cannot_be_drawn_or_is_too_large_says_so(self):
        wide = make_picture(MOST_PIXELS // 1000 + 1, 1000)
        for data in (b"%PDF-1.7", b"", make_picture()[:500], wide):
            with self.assertRaises(ValueError):
                shrink(data, 480)


@temporary_keys
class SmallCopyTest(TestCase):
    def setUp(self):
        self.data = make_picture(1200, 600)
        shortlist = make_list()
        candidate = Candidate.objects.get(category__shortlist=shortlist, code="101")
        self.attachment = Attachment(
            candidate=candidate,
            title="Photo",
            alt="A bridge",
            media_type="image/png",
            size=len(self.data),
            sha256=digest(self.data),
        )
        self.attachment.file.save("bridge.png", ContentFile(self.data))
        self.name = self.attachment.file.name.rpartition("/")[2]
        self.poll = make_open_poll(shortlist=shortlist)

    def get(self, width, poll=None):
        place = address("small", poll or self.poll, self.attachment.sha256, width, self.name)
        return self.client.get(place)

    def test_the_page_offers_small_copies_and_falls_back_to_the_published_file(self):
        html = self.client.get(english("candidate", self.poll, "101")).content.decode()
        whole = english("attachment", self.poll, self.attachment.sha256, self.name)
        self.assertRegex(html, f'<img src="{re.escape(whole)}" alt="A bridge"')
        for width, _said in re.findall(r"(\d+)/[^/ ]+ (\d+)w", html):
            place = english("small", self.poll, self.attachment.sha256, int(width), self.name)
            self.assertIn(f"{place} {width}w", html)
            self.assertEqual(self.client.get(place)["Content-Type"], "image/webp")

    def test_a_copy_is_lighter_and_may_be_kept_for_long(self):
        file = self.get(480)
        self.assertEqual(Image.open(io.BytesIO(file.content)).width, 480)
        self.assertIn("immutable", file["Cache-Control"])
        self.assertEqual(file["X-Content-Type-Options"], "nosniff")

    def test_only_the_named_widths_are_made(self):
        for width in (1, 481, 100_000):
            self.assertEqual(self.get(width).status_code, 404)

    def test_a_changed_file_has_no_copy_even_where_one_was_made_before(self):
        self.assertEqual(self.get(480).status_code, 200)
        with self.attachment.file.storage.open(self.attachment.file.name, "wb") as file:
            file.write(make_picture(10, 10))
        self.assertEqual(self.get(480).status_code, 404)

    def test_a_copy_belongs_to_the_list_that_names_the_file(self):
        self.assertEqual(self.get(480, make_open_poll()).status_code, 404)

    def test_what_cannot_be_made_smaller_is_shown_as_it_is(self):
        data = b"\x89PNG\r\n\x1a\n" + b"picture"
        shortlist = make_list()
        candidate = Candidate.objects.get(category__shortlist=shortlist, code="101")
        broken = Attachment(
            candidate=candidate, title="Photo", alt="x", media_type="image/png", size=1, sha256=digest(data)
        )
        broken.file.save("broken.png", ContentFile(data))
        poll, name = make_open_poll(shortlist=shortlist), broken.file.name.rpartition("/")[2]
        answer = self.client.get(address("small", poll, broken.sha256, 480, name), follow=True)
        self.assertEqual(answer.content, data)
