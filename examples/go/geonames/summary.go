package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// However wide and wordy a file is, a summary stays well below what one output may have.
const (
	labelLength = 80
	maxNumbers  = 8
)

// number matches 42.5 as files have it, but neither an empty text nor a code such as 007.
var number = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)

// Row is one of the input file, by column.
type Row map[string]any

// Columns are those of the data, by what they mean.
type Columns struct {
	By      *string  `json:"by" jsonschema:"groups the rows; null: all rows are one group"`
	Label   *string  `json:"label" jsonschema:"names a row among others of its group; null: nothing does"`
	Numbers []string `json:"numbers" jsonschema:"columns that hold numbers"`
}

// Extreme is a number, and the row that has it.
type Extreme struct {
	Value float64 `json:"value"`
	Label string  `json:"label"`
}

// Range is the smallest and the largest number of a column.
type Range struct {
	Min Extreme `json:"min"`
	Max Extreme `json:"max"`
}

// Group is the number of rows that belong together, and the range of each column of numbers.
type Group struct {
	Key    string           `json:"key"`
	Count  int              `json:"count"`
	Ranges map[string]Range `json:"ranges"`
}

// findColumns finds out what the columns of some rows mean. They are grouped by a column; if that is empty by country, or else by
// the first column of texts. The error says that no row has the column.
func findColumns(read table, by string) (Columns, error) {
	if by != "" && !slices.Contains(read.names, by) {
		return Columns{}, fmt.Errorf("no row has the column %q; there are: %s", by, strings.Join(read.names, ", "))
	}
	numbers, texts := []string{}, []string{}
	for _, name := range read.names {
		if isAllNumbers(read.rows, name) {
			numbers = append(numbers, name)
		} else {
			texts = append(texts, name)
		}
	}
	if by == "" && slices.Contains(texts, "country") {
		by = "country"
	} else if by == "" && len(texts) > 0 {
		by = texts[0]
	}
	isOther := func(name string) bool { return name != by }
	columns := Columns{}
	if by != "" {
		columns.By = &by
	}
	if at := slices.IndexFunc(texts, isOther); at >= 0 {
		columns.Label = &texts[at]
	}
	numbers = slices.DeleteFunc(numbers, func(name string) bool { return name == by })
	columns.Numbers = numbers[:min(len(numbers), maxNumbers)]
	return columns, nil
}

// isAllNumbers is true of a column whose values are numbers or missing, and not all missing.
func isAllNumbers(rows []Row, name string) bool {
	hasNumbers := false
	for _, row := range rows {
		value := row[name]
		if isEmpty(value) {
			continue
		}
		if _, isNumber := readNumber(value); !isNumber {
			return false
		}
		hasNumbers = true
	}
	return hasNumbers
}

func isEmpty(value any) bool { return value == nil || value == "" }

// readNumber reads a number as files have it: 42.5 or "42.5".
func readNumber(value any) (float64, bool) {
	var text string
	switch value := value.(type) {
	case json.Number:
		text = value.String()
	case string:
		text = value
	}
	if !number.MatchString(text) {
		return 0, false
	}
	read, err := strconv.ParseFloat(text, 64)
	return read, err == nil
}

// groupOf is a group of one row.
func groupOf(row Row, columns Columns) Group {
	label := []rune(textOf(row, columns.Label))
	shown := string(label[:min(len(label), labelLength)])
	group := Group{Key: "all", Count: 1, Ranges: map[string]Range{}}
	for _, name := range columns.Numbers {
		if value, isNumber := readNumber(row[name]); isNumber {
			extreme := Extreme{value, shown}
			group.Ranges[name] = Range{extreme, extreme}
		}
	}
	if columns.By != nil {
		group.Key = textOf(row, columns.By)
		if group.Key == "" {
			group.Key = "(none)"
		}
	}
	return group
}

// textOf is what a row has in a column, and empty without a column.
func textOf(row Row, name *string) string {
	if name == nil || isEmpty(row[*name]) {
		return ""
	}
	return fmt.Sprint(row[*name])
}

type groupsByKey map[string]Group

// add adds a group to those that are there already.
func (groups groupsByKey) add(added Group) {
	group, isKnown := groups[added.Key]
	if !isKnown {
		groups[added.Key] = added
		return
	}
	group.Count += added.Count
	for name, other := range added.Ranges {
		if known, isKnown := group.Ranges[name]; isKnown {
			other = widest(known, other)
		}
		group.Ranges[name] = other
	}
	groups[added.Key] = group
}

// widest is a range that has both.
func widest(known, other Range) Range {
	if other.Min.Value < known.Min.Value {
		known.Min = other.Min
	}
	if other.Max.Value > known.Max.Value {
		known.Max = other.Max
	}
	return known
}
