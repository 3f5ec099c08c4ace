package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"

	"github.com/fanout/fanout/runtime/go/wire"
)

// PageReader reads a page of a united list by its token: its items, JSON each, and the token of the next one, empty if there is
// none.
type PageReader func(ctx context.Context, token string) (items []string, next string, err error)

// Pages are the readers of the united lists of an execution, by input.
type Pages map[string]PageReader

// United is an input that is read in pages while the node runs: memory stays bounded however long the list is. It is a field
// of the In of a uniting node:
//
//	for size, err := range in.Sizes.All() { … }
type United[Item any] struct {
	items []Item
	ctx   context.Context
	read  PageReader
}

// ListOf is a list of items that are there, for tests.
func ListOf[Item any](items ...Item) United[Item] {
	return United[Item]{items: items}
}

// All gives the items in order; the next page is under way while one is worked on. An error, which is the last thing that is
// given, is to be returned by the node as it is.
func (u United[Item]) All() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if u.read == nil {
			for _, item := range u.items {
				if !yield(item, nil) {
					return
				}
			}
			return
		}
		u.readPages(yield)
	}
}

type page struct {
	items []string
	next  string
	err   error
}

func (u United[Item]) readPages(yield func(Item, error) bool) {
	ctx, cancel := context.WithCancel(u.ctx)
	defer cancel()
	fetch := func(token string) <-chan page {
		fetched := make(chan page, 1)
		go func() {
			items, next, err := u.read(ctx, token)
			fetched <- page{items, next, err}
		}()
		return fetched
	}
	var none Item
	fetched, index := fetch(""), 0
	for {
		page := <-fetched
		if page.err != nil {
			yield(none, page.err)
			return
		}
		if page.next != "" {
			fetched = fetch(page.next)
		}
		for _, text := range page.items {
			var item Item
			if err := decodeExactly(text, &item); err != nil {
				yield(none, wire.NotRetryable("INPUT_INVALID", "item %d of the list does not fit its type: %w", index, err))
				return
			}
			if !yield(item, nil) {
				return
			}
			index++
		}
		if page.next == "" {
			return
		}
	}
}

// MarshalJSON writes the items that are there.
func (u United[Item]) MarshalJSON() ([]byte, error) {
	if u.read != nil {
		return nil, fmt.Errorf("a list that is read in pages cannot be written as a whole")
	}
	if u.items == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(u.items)
}

// UnmarshalJSON reads a list that came whole, such as a constant of the graph.
func (u *United[Item]) UnmarshalJSON(text []byte) error {
	return decodeExactly(string(text), &u.items)
}

// unitedInput is a United of any type.
type unitedInput interface {
	bind(ctx context.Context, read PageReader)
	itemType() reflect.Type
}

func (u *United[Item]) bind(ctx context.Context, read PageReader) { u.ctx, u.read = ctx, read }

func (u *United[Item]) itemType() reflect.Type { return reflect.TypeFor[Item]() }
