"""Tiles and proof files: the tree in pieces of 256, and one leaf's way to a signed head."""

from datetime import UTC, datetime
from unittest import TestCase

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.homes import at_home
from voting.ledger.checkpoint import Checkpoint
from voting.ledger.head import sign_head
from voting.ledger.proof import Proof, format_proof, parse_proof, verify_proof
from voting.ledger.tile import (
    ENTRIES,
    WIDTH,
    Tile,
    extend,
    format_bundle,
    format_tile_path,
    node_reader,
    parse_bundle,
    parse_tile_path,
    tile_root,
    tiles_of,
)
from voting.ledger.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

load_tests = at_home("sqlite", __name__)

HASHES = [leaf_hash(str(number).encode()) for number in range(70_000)]


class Store:
    """Tiles in memory, as a database would keep them."""

    def __init__(self):
        self.size, self.tiles = 0, {}

    def read(self, level, index):
        return self.tiles.get((level, index), b"")

    def append(self, hashes):
        self.tiles |= extend(self.size, hashes, self.read)
        self.size += len(hashes)

    def check(self, case):
        """Look at every tile of the tree, and at the root: what must hold after each step."""
        leaves, expected = HASHES[: self.size], {}
        values, level = leaves, 0
        while values:
            for index in range(0, len(values), WIDTH):
                expected[level, index // WIDTH] = b"".join(values[index : index + WIDTH])
            full = len(values) // WIDTH
            values = [root_of(values[at * WIDTH : (at + 1) * WIDTH]) for at in range(full)]
            level += 1
        case.assertEqual(self.tiles, expected)
        case.assertEqual(root_at(self.size, node_reader(self.read)), root_of(leaves))
        named = {
            (tile.level, tile.index): tile.width for tile in tiles_of(self.size) if tile.level != ENTRIES
        }
        case.assertEqual(named, {place: len(data) // 32 for place, data in self.tiles.items()})


class Growing(TestCase):
    def test_at_every_size_around_the_first_full_tiles(self):
        store = Store()
        for size in [*range(1, 4), *range(254, 259), *range(510, 515)]:
            store.append(HASHES[store.size : size])
            store.check(self)

    def test_where_the_third_level_begins(self):
        store = Store()
        for size in (65_535, 65_536, 65_537, 65_793):
            store.append(HASHES[store.size : size])
            store.check(self)

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.integers(0, 700), max_size=6))
    def test_steps_of_any_length_lead_to_the_same_tiles(self, steps):
        store = Store()
        for step in steps:
            store.append(HASHES[store.size : store.size + step])
        store.check(self)

    def test_tiles_of_another_size_are_noticed(self):
        store = Store()
        store.append(HASHES[:5])
        with self.assertRaises(ValueError):
            extend(4, HASHES[4:5], store.read)

    def test_proofs_read_from_tiles_hold(self):
        store = Store()
        store.append(HASHES[:3000])
        node, root = node_reader(store.read), root_of(HASHES[:3000])
        for index in (0, 255, 256, 1023, 2047, 2815, 2816, 2999):
            verify_inclusion(HASHES[index], index, 3000, inclusion_proof(index, 3000, node), root)
        for old in (1, 255, 256, 257, 2048, 2999, 3000):
            proof = consistency_proof(old, 3000, node)
            verify_consistency(old, 3000, proof, root_of(HASHES[:old]), root)

    def test_a_tile_that_is_not_full_has_no_place_above(self):
        with self.assertRaises(ValueError):
            tile_root(b"".join(HASHES[:255]))
        self.assertEqual(tile_root(b"".join(HASHES[:256])), root_of(HASHES[:256]))

    def test_the_streaming_tree_agrees(self):
        tree = Frontier()
        for value in HASHES[:1000]:
            tree.append(value)
        self.assertEqual(tree.root(), root_of(HASHES[:1000]))


class Paths(TestCase):
    known = {
        Tile(0, 0): "tile/0/000",
        Tile(0, 273, 112): "tile/0/273.p/112",
        Tile(1, 1, 17): "tile/1/001.p/17",
        Tile(0, 1234067): "tile/0/x001/x234/067",
        Tile(ENTRIES, 999, 1): "tile/entries/999.p/1",
        Tile(ENTRIES, 1000): "tile/entries/x001/000",
    }

    def test_as_the_specification_writes_them(self):
        for tile, path in self.known.items():
            self.assertEqual(format_tile_path(tile), path)
            self.assertEqual(parse_tile_path(path), tile)

    @given(st.integers(0, 10**9), st.integers(1, 256), st.sampled_from([ENTRIES, 0, 1, 7, 63]))
    def test_what_is_written_is_read_again(self, index, width, level):
        tile = Tile(level, index, width)
        self.assertEqual(parse_tile_path(format_tile_path(tile)), tile)

    def test_nothing_else_is_read(self):
        for path in (
            "tile/0/0",
            "tile/0/x000/001",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/08",
            "tile/0/001/067",
            "tile/0/x001",
            "tile/0/000/",
            "tile/0/０００",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/000\n",
        ):
            with self.subTest(path), self.assertRaises(ValueError):
                parse_tile_path(path)


class Bundles(TestCase):
    @given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
    def test_what_is_written_is_read_again(self, leaves):
        self.assertEqual(parse_bundle(format_bundle(leaves)), leaves)

    def test_what_is_cut_off_too_long_or_too_many_is_refused(self):
        for data in (b"", b"\0", b"\0\2a", b"\0\1a\0", b"\0\0" * 257):
            with self.subTest(data[:5]), self.assertRaises(ValueError):
                parse_bundle(data)
        for leaves in ([], [b""] * 257, [bytes(65_536)]):
            with self.assertRaises(ValueError):
                format_bundle(leaves)
        self.assertEqual(parse_bundle(format_bundle([bytes(65_535)])), [bytes(65_535)])


class ProofFiles(TestCase):
    origin = "demo.invalid/shanxi/0123456789abcdef0123"

    def setUp(self):
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.public = self.key.public_key().public_bytes_raw()
        self.leaves = [str(number).encode() for number in range(11)]
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        store = Store()
        store.append(hashes)
        head = Checkpoint(self.origin, 11, root_of(hashes))
        note = sign_head(head, self.key, datetime(2026, 11, 24, tzinfo=UTC))
        self.proofs = [
            Proof(index, inclusion_proof(index, 11, node_reader(store.read)), note) for index in range(11)
        ]

    def test_every_leaf_has_a_file_that_proves_it_and_no_other(self):
        for index, proof in enumerate(self.proofs):
            read = parse_proof(format_proof(proof))
            self.assertEqual(read, proof)
            self.assertEqual(
                verify_proof(read, self.leaves[index], self.origin, self.public).checkpoint.size, 11
            )
            with self.assertRaises(ValueError):
                verify_proof(read, self.leaves[index - 1], self.origin, self.public)

    def test_extra_bytes_are_carried(self):
        proof = self.proofs[0]._replace(extra=b"x")
        self.assertEqual(parse_proof(format_proof(proof)), proof)

    def test_no_byte_of_a_file_can_be_changed(self):
        data = format_proof(self.proofs[3]).encode()
        for at in range(len(data)):
            changed = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).decode("utf-8", "surrogateescape")
            with self.subTest(at), self.assertRaises(ValueError):
                verify_proof(parse_proof(changed), self.leaves[3], self.origin, self.public)

    def test_nothing_else_is_read(self):
        good = format_proof(self.proofs[3])
        for text in (
            "",
            good.replace("index 3", "index 03"),
            good.replace("index 3\n", ""),
            good.replace("@v1", "@v2"),
            good.replace("\n\n", "\n", 1),
            good + "\n",
            good.replace("index 3", "extra \nindex 3"),
        ):
            with self.subTest(text[:60]), self.assertRaises(ValueError):
                verify_proof(parse_proof(text), self.leaves[3], self.origin, self.public)
