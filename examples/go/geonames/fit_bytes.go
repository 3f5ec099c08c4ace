package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// However wide and wordy a file is, outputs stay below the 1,000,000 bytes that one may have.
const (
	keyBytes   = 120
	labelBytes = 80
	maxBytes   = 500_000
)

const ellipsis = "…"

// cutText cuts a text to so many bytes, between two code points.
func cutText(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len(ellipsis)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}

// cutKey cuts a text and adds a digest of all of it, so that texts that differ still do.
func cutKey(text string, most int) string {
	if len(text) <= most {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:6])
	return cutText(text, most-len(digest)-1) + " " + digest
}

// bytesOf is the size of a group as JSON.
func bytesOf(group Group) int {
	text, err := json.Marshal(group)
	if err != nil {
		panic(err) // texts and finite numbers are JSON
	}
	return len(text)
}

// chunksOf is lists of so many items at most, and of as many as fit into an output.
func chunksOf[Item any](items []Item, size int, measure func(Item) int) iter.Seq[[]Item] {
	return func(yield func([]Item) bool) {
		start, room := 0, maxBytes
		for at, item := range items {
			added := measure(item)
			if at > start && (at-start == size || added > room) {
				if !yield(items[start:at]) {
					return
				}
				start, room = at, maxBytes
			}
			room -= added
		}
		if start < len(items) {
			yield(items[start:])
		}
	}
}

// firstThatFit is the first groups, as many as fit into an output.
func firstThatFit(groups []Group) []Group {
	for first := range chunksOf(groups, len(groups), bytesOf) {
		return first
	}
	return groups
}
