// Package concept has the nodes of the concept page.
package concept

import fanout "github.com/fanout/fanout/runtime/go"

// Numbers is what a run begins with.
type Numbers struct {
	Data []int `json:"data"`
	Size int   `json:"size" default:"100"`
}

// Chunk is one branch.
type Chunk struct {
	Chunk []int `json:"chunk"`
}

// Data is what a branch is given.
type Data struct {
	Data []int `json:"data"`
}

// Result is that of a branch.
type Result struct {
	Result int `json:"result"`
}

// Processed is what all branches have come to; it is read in pages, however many there are.
type Processed struct {
	ProcessedData fanout.United[int] `json:"processed_data"`
}

// Total is the result of a run.
type Total struct {
	Total int `json:"total"`
	Parts int `json:"parts"`
}

// DataSplitter cuts a list into chunks.
var DataSplitter = fanout.FanOut("DataSplitterNode", func(ctx fanout.Context, in Numbers) ([]Chunk, error) {
	var chunks []Chunk
	for data := in.Data; len(data) > 0; {
		size := min(in.Size, len(data))
		chunks = append(chunks, Chunk{data[:size]})
		data = data[size:]
	}
	return chunks, nil
})

// DataProcessor adds up a chunk.
var DataProcessor = fanout.Func("DataProcessorNode", func(ctx fanout.Context, in Data) (Result, error) {
	var result Result
	for _, number := range in.Data {
		result.Result += number
	}
	return result, nil
})

// ResultMerger adds up the results of all branches.
var ResultMerger = fanout.Func("ResultMergerNode", func(ctx fanout.Context, in Processed) (Total, error) {
	var total Total
	for result, err := range in.ProcessedData.All() {
		if err != nil {
			return total, err
		}
		total.Total += result
		total.Parts++
	}
	return total, nil
})

// FirstNumbers are those from 0.
func FirstNumbers(count int) []int {
	numbers := make([]int, count)
	for at := range numbers {
		numbers[at] = at
	}
	return numbers
}
