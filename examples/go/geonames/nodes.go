package main

import (
	"cmp"
	"maps"
	"slices"

	fanout "github.com/fanout/fanout/runtime/go"
)

// groupsShown is the most groups that a summary has.
const groupsShown = 500

// File is what a run begins with.
type File struct {
	File      string `json:"file"`
	ChunkSize int    `json:"chunk_size" default:"100"`
	By        string `json:"by,omitempty" jsonschema:"the column to group by"`
}

// Chunk is the rows that one branch works on.
type Chunk struct {
	Columns Columns `json:"columns"`
	Rows    []Entry `json:"rows"`
}

// Chunked is an output of the splitter.
type Chunked struct {
	Chunk Chunk `json:"chunk"`
}

// Data is what a branch is given.
type Data struct {
	Data Chunk `json:"data"`
}

// Summarised is the groups of one chunk.
type Summarised struct {
	Result []Group `json:"result"`
}

// Processed is what all branches have come to; it is read in pages, however many there are.
type Processed struct {
	ProcessedData fanout.United[[]Group] `json:"processed_data"`
}

// Summary is that of all rows, with the largest groups.
type Summary struct {
	Rows       int     `json:"rows"`
	GroupCount int     `json:"group_count"`
	Groups     []Group `json:"groups"`
}

// dataSplitter splits the rows of a file into chunks.
var dataSplitter = fanout.FanOut("DataSplitterNode", func(ctx fanout.Context, in File) ([]Chunked, error) {
	if in.ChunkSize < 1 {
		return nil, fanout.NotRetryable("CHUNK_SIZE_INVALID", "chunk_size is a whole number from 1, not %d", in.ChunkSize)
	}
	read, err := readTable(in.File)
	if err != nil {
		return nil, unreadable(err)
	}
	columns, err := findColumns(read, in.By)
	if err != nil {
		return nil, unreadable(err)
	}
	entries := make([]Entry, len(read.rows))
	for at, row := range read.rows {
		entries[at] = entryOf(row, columns)
	}
	// Every row may be a group of its own: what the branch makes of it has to fit, too.
	measure := func(entry Entry) int { return bytesOf(groupOf(entry, columns)) }
	var chunks []Chunked
	for rows := range chunksOf(entries, in.ChunkSize, measure) {
		chunks = append(chunks, Chunked{Chunk{columns, rows}})
	}
	return chunks, nil
})

// unreadable is an error that would be the same the next time.
func unreadable(err error) error { return fanout.NotRetryable("FILE_UNREADABLE", "%w", err) }

// dataProcessor summarises a chunk.
var dataProcessor = fanout.Func("DataProcessorNode", func(ctx fanout.Context, in Data) (Summarised, error) {
	groups := groupsByKey{}
	for _, entry := range in.Data.Rows {
		groups.add(groupOf(entry, in.Data.Columns))
	}
	return Summarised{slices.Collect(maps.Values(groups))}, nil
})

// resultMerger adds up what all branches came to.
var resultMerger = fanout.Func("ResultMergerNode", func(ctx fanout.Context, in Processed) (Summary, error) {
	groups := groupsByKey{}
	for result, err := range in.ProcessedData.All() {
		if err != nil {
			return Summary{}, err
		}
		for _, group := range result {
			groups.add(group)
		}
	}
	largestFirst := func(a, b Group) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Key, b.Key)) }
	ordered := slices.SortedFunc(maps.Values(groups), largestFirst)
	summary := Summary{GroupCount: len(ordered), Groups: firstThatFit(ordered[:min(len(ordered), groupsShown)])}
	for _, group := range ordered {
		summary.Rows += group.Count
	}
	return summary, nil
})
