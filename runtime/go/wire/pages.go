package wire

import "iter"

// Pages gives every item of a list; the next page is read when it is needed. read takes the token of a page, empty for the
// first, and gives its items and the token of the next one, empty for none. An error is the last thing that is given.
func Pages[Item any](read func(token string) ([]Item, string, error)) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		token := ""
		for {
			items, next, err := read(token)
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = next
		}
	}
}
