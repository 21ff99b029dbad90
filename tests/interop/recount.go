package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// A second verifier, written from SPEC.md alone: it repeats the count of a bundle with reveals, from the
// ledger's entries by way of the commitments to the votes of each candidate. The tree and its signatures
// are the business of main.go.

type manifest struct {
	Poll string
	List struct {
		Categories []struct {
			Code       string
			OnBallot   bool `json:"on_ballot"`
			MinChoices int  `json:"min_choices"`
			MaxChoices int  `json:"max_choices"`
			Candidates []struct{ Code string }
		}
	}
}

type tally struct {
	Ballots    int
	NotCounted map[string]int `json:"not_counted"`
	Categories []struct {
		Code  string
		Blank int
		Rows  []struct {
			Code  string
			Votes int
		}
	}
}

type entry struct {
	Type       string
	Category   string
	Commitment string
}

type reveal struct {
	Commitment string
	Codes      []string
	Nonce      string
}

// recount repeats the count of the bundle in a folder and says how many ballots it found.
func recount(folder string) error {
	var rules manifest
	if err := readJSON(filepath.Join(folder, "manifest.json"), &rules); err != nil {
		return err
	}
	var told tally
	if err := readJSON(filepath.Join(folder, "documents", "tally.json"), &told); err != nil {
		return err
	}
	entered, leaves, err := ballotEntries(folder)
	if err != nil {
		return err
	}
	excluded, err := excludedCommitments(folder, leaves)
	if err != nil {
		return err
	}
	at := 0
	for _, category := range rules.List.Categories {
		if !category.OnBallot {
			continue
		}
		if at >= len(told.Categories) || told.Categories[at].Code != category.Code {
			return fmt.Errorf("category %s: the tally has another", category.Code)
		}
		votes := map[string]int{}
		for _, candidate := range category.Candidates {
			votes[candidate.Code] = 0
		}
		waiting := map[string]int{}
		for _, commitment := range entered[category.Code] {
			waiting[commitment]++
		}
		var selections []string
		blank, left := 0, 0
		err := lines(filepath.Join(folder, "documents", "reveals-"+category.Code+".jsonl"), func(line []byte) error {
			var found reveal
			// A member of another name would leave codes empty, which a blank selection is too.
			strict := json.NewDecoder(bytes.NewReader(line))
			strict.DisallowUnknownFields()
			if err := strict.Decode(&found); err != nil {
				return err
			}
			if waiting[found.Commitment]--; waiting[found.Commitment] < 0 {
				return errors.New("a reveal stands for no ballot of the ledger, or for one twice")
			}
			if len(found.Codes) < category.MinChoices || len(found.Codes) > category.MaxChoices {
				return errors.New("a selection breaks the limits")
			}
			if !sort.StringsAreSorted(found.Codes) {
				return errors.New("a selection is out of order")
			}
			if commit(rules.Poll, category.Code, found.Codes, found.Nonce) != found.Commitment {
				return errors.New("a reveal does not open its commitment")
			}
			for _, code := range found.Codes {
				if _, known := votes[code]; !known {
					return fmt.Errorf("%s is not on the ballot", code)
				}
			}
			if excluded[found.Commitment] {
				left++
				return nil
			}
			for _, code := range found.Codes {
				votes[code]++
			}
			selection := strings.Join(found.Codes, " ")
			if selection == "" {
				selection = "-"
				blank++
			}
			selections = append(selections, selection)
			return nil
		})
		if err != nil {
			return fmt.Errorf("category %s: %w", category.Code, err)
		}
		if err := sameMarks(folder, category.Code, selections); err != nil {
			return fmt.Errorf("category %s: %w", category.Code, err)
		}
		not := 0
		for _, count := range told.NotCounted {
			not += count
		}
		if left != told.NotCounted["excluded"] {
			return fmt.Errorf("category %s: %d ballots are excluded, the tally says %d", category.Code, left, told.NotCounted["excluded"])
		}
		if len(selections) != told.Ballots || len(selections)+not != len(entered[category.Code]) || blank != told.Categories[at].Blank {
			return fmt.Errorf("category %s: the numbers of ballots do not agree", category.Code)
		}
		for _, row := range told.Categories[at].Rows {
			if votes[row.Code] != row.Votes {
				return fmt.Errorf("category %s: %s has %d votes, not %d", category.Code, row.Code, votes[row.Code], row.Votes)
			}
			delete(votes, row.Code)
		}
		if len(votes) != 0 {
			return fmt.Errorf("category %s: a candidate is missing from the tally", category.Code)
		}
		at++
	}
	if at != len(told.Categories) {
		return errors.New("the tally has a category too many")
	}
	fmt.Printf("%d ballots counted again in %d categories\n", told.Ballots, at)
	return nil
}

// excludedCommitments returns what the entries hold that the lists of excluded ballots name.
func excludedCommitments(folder string, leaves []entry) (map[string]bool, error) {
	found := map[string]bool{}
	paths, err := filepath.Glob(filepath.Join(folder, "documents", "exclusion-*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		var list struct{ Leaves []int }
		if err := readJSON(path, &list); err != nil {
			return nil, err
		}
		for _, index := range list.Leaves {
			if index < 0 || index >= len(leaves) || leaves[index].Type != "ballot" || found[leaves[index].Commitment] {
				return nil, fmt.Errorf("%s: entry %d is no ballot, or excluded twice", filepath.Base(path), index)
			}
			found[leaves[index].Commitment] = true
		}
	}
	return found, nil
}

// ballotEntries reads every bundle of entries, in their order; it returns the commitments of each category
// and the entries.
func ballotEntries(folder string) (map[string][]string, []entry, error) {
	found := map[string][]string{}
	var leaves []entry
	root := filepath.Join(folder, "tile", "entries")
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for len(data) >= 2 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			if end > len(data) {
				return errors.New("an entry is cut off")
			}
			var leaf entry
			if err := json.Unmarshal(data[2:end], &leaf); err != nil {
				return err
			}
			leaves = append(leaves, leaf)
			if leaf.Type == "ballot" {
				found[leaf.Category] = append(found[leaf.Category], leaf.Commitment)
			}
			data = data[end:]
		}
		return nil
	})
	return found, leaves, err
}

// commit returns a commitment in base64: SHA-256 over five lines.
func commit(poll, category string, codes []string, nonce string) string {
	if raw, err := hex.DecodeString(nonce); err != nil || len(raw) != 32 {
		return ""
	}
	text := strings.Join([]string{"shortlist/commitment/v1", poll, category, strings.Join(codes, " "), nonce, ""}, "\n")
	hash := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(hash[:])
}

// sameMarks compares the published marks with the selections that the reveals prove.
func sameMarks(folder, category string, selections []string) error {
	sort.Strings(selections)
	at := 0
	err := lines(filepath.Join(folder, "documents", "marks-"+category+".txt"), func(line []byte) error {
		if at >= len(selections) || selections[at] != string(line) {
			return errors.New("the marks are not those of the reveals")
		}
		at++
		return nil
	})
	if err == nil && at != len(selections) {
		err = errors.New("marks are missing")
	}
	return err
}

func lines(path string, take func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewScanner(file)
	reader.Buffer(make([]byte, 1<<16), 1<<22)
	for reader.Scan() {
		if err := take(bytes.TrimSuffix(reader.Bytes(), []byte("\r"))); err != nil {
			return err
		}
	}
	return reader.Err()
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
