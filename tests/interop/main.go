// Interop checks a ledger that the product has made with golang.org/x/mod's note and tlog packages.
//
//	interop LEDGER TASKS
//	interop recount BUNDLE
//
// LEDGER is a folder in the layout of C2SP tlog-tiles; TASKS is a JSON file with the verifier key,
// proofs made by the product, and a proof file. It prints what it has checked, or fails with a sentence.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type tasks struct {
	Verifier  string
	Inclusion []struct {
		Index  int64
		Hashes [][]byte
	}
	Consistency []struct {
		Old, New int64
		OldRoot  []byte
		NewRoot  []byte
		Hashes   [][]byte
	}
	ProofFile string
	ProofLeaf []byte
}

func main() {
	if len(os.Args) != 3 {
		fail(errors.New("usage: interop LEDGER TASKS, or: interop recount BUNDLE"))
	}
	var err error
	if os.Args[1] == "recount" {
		err = recount(os.Args[2])
	} else {
		err = run(os.Args[1], os.Args[2])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func run(folder, path string) error {
	var todo tasks
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &todo); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(text, todo.Verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	reader := tlog.TileHashReader(tree, files(folder))
	entries, err := checkEntries(folder, tree, reader)
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	for _, task := range todo.Inclusion {
		hash, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, task.Index)})
		if err != nil {
			return err
		}
		proof, err := hashes(task.Hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, task.Index, hash[0]); err != nil {
			return fmt.Errorf("inclusion of %d: %w", task.Index, err)
		}
		theirs, err := tlog.ProveRecord(tree.N, task.Index, reader)
		if err != nil {
			return err
		}
		if !same(theirs, proof) {
			return fmt.Errorf("inclusion of %d: another proof than ours", task.Index)
		}
	}
	for _, task := range todo.Consistency {
		proof, err := hashes(task.Hashes)
		if err != nil {
			return err
		}
		roots, err := hashes([][]byte{task.OldRoot, task.NewRoot})
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, task.New, roots[1], task.Old, roots[0]); err != nil {
			return fmt.Errorf("consistency of %d and %d: %w", task.Old, task.New, err)
		}
	}
	if err := checkProofFile(todo); err != nil {
		return fmt.Errorf("proof file: %w", err)
	}
	fmt.Printf("%d entries, %d inclusions, %d consistencies, 1 proof file\n",
		entries, len(todo.Inclusion), len(todo.Consistency))
	return nil
}

// openCheckpoint verifies a signed checkpoint; lines of kinds that this package does not know are passed over.
func openCheckpoint(text []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this ledger")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("the root is no hash")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// checkEntries reads every leaf of every bundle and compares its hash with the tile's.
func checkEntries(folder string, tree tlog.Tree, reader tlog.HashReader) (int64, error) {
	var count int64
	for count < tree.N {
		width := tree.N - count
		if width > 1<<height {
			width = 1 << height
		}
		tile := tlog.Tile{H: height, L: -1, N: count >> height, W: int(width)}
		data, err := os.ReadFile(filepath.Join(folder, layout(tile)))
		if err != nil {
			return 0, err
		}
		var wanted []int64
		for at := int64(0); at < width; at++ {
			wanted = append(wanted, tlog.StoredHashIndex(0, count+at))
		}
		// The reader proves the tile's hashes against the checkpoint's root.
		known, err := reader.ReadHashes(wanted)
		if err != nil {
			return 0, err
		}
		for _, hash := range known {
			if len(data) < 2 {
				return 0, fmt.Errorf("the bundle of entry %d is cut off", count)
			}
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				return 0, fmt.Errorf("entry %d is cut off", count)
			}
			if tlog.RecordHash(data[2:2+length]) != hash {
				return 0, fmt.Errorf("entry %d is not the one in the tree", count)
			}
			data = data[2+length:]
			count++
		}
		if len(data) != 0 {
			return 0, errors.New("a bundle is too long")
		}
	}
	return count, nil
}

// checkProofFile reads a file in the format c2sp.org/tlog-proof@v1 and proves its leaf with the package's means.
func checkProofFile(todo tasks) error {
	top, signed, found := strings.Cut(todo.ProofFile, "\n\n")
	lines := strings.Split(top, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("unknown header")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var raw [][]byte
	for _, line := range lines[1:] {
		value, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		raw = append(raw, value)
	}
	proof, err := hashes(raw)
	if err != nil {
		return err
	}
	tree, err := openCheckpoint([]byte(signed), todo.Verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(todo.ProofLeaf))
}

func hashes(raw [][]byte) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, value := range raw {
		var hash tlog.Hash
		if copy(hash[:], value) != tlog.HashSize || len(value) != tlog.HashSize {
			return nil, errors.New("a hash of the wrong length")
		}
		found = append(found, hash)
	}
	return found, nil
}

func same(theirs tlog.RecordProof, ours []tlog.Hash) bool {
	if len(theirs) != len(ours) {
		return false
	}
	for at := range theirs {
		if theirs[at] != ours[at] {
			return false
		}
	}
	return true
}

// files reads tiles from a folder.
type files string

func (folder files) Height() int { return height }

func (folder files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(folder), layout(tile)))
		if errors.Is(err, os.ErrNotExist) && tile.W < 1<<height {
			// A wider file of the same tile begins with the same hashes.
			data, err = widest(string(folder), tile)
		}
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", layout(tile))
		}
		found = append(found, data[:tile.W*tlog.HashSize])
	}
	return found, nil
}

func (folder files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func widest(folder string, tile tlog.Tile) ([]byte, error) {
	full := tile
	full.W = 1 << height
	return os.ReadFile(filepath.Join(folder, layout(full)))
}

// layout writes a tile's path as C2SP tlog-tiles does: without the height, and `entries` for the leaves.
func layout(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tile.H))
	if tile.L == -1 {
		return "tile/entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}
