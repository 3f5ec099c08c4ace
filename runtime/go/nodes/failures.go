package nodes

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
	"unicode/utf8"
)

const (
	// maxMessage is the longest message of a failure, bytes: as much as a state manager keeps.
	maxMessage = 4_096
	// maxStack is the longest stack of a failure, bytes: as much as a state manager keeps.
	maxStack = 8_192
	// maxCauses is how many causes a message goes back to.
	maxCauses = 4
	// maxFrames is how many frames of a panic a message shows, the innermost ones.
	maxFrames = 6
	// maxJoined is how many errors of a join a message shows.
	maxJoined = 4
	// maxText is the longest text of one error, bytes: what follows it has to have room, too.
	maxText = 1_500
)

// panicError is what a node has panicked with, and where.
type panicError struct {
	value  any
	frames []runtime.Frame
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// Unwrap gives the error that the node has panicked with, if it is one.
func (p *panicError) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// panicked makes an error of what was recovered, with the frames of the node's code. It is to be called by the deferred function itself.
func panicked(value any) *panicError {
	var counters [64]uintptr
	found := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	var frames []runtime.Frame
	for {
		frame, more := found.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime."):
		case strings.HasPrefix(frame.Function, packagePath):
			// The frames outside of the node's code are ours.
			if len(frames) > 0 {
				return &panicError{value, frames}
			}
		default:
			frames = append(frames, frame)
		}
		if !more {
			return &panicError{value, frames}
		}
	}
}

// packagePath is that of this package's functions, of which a frame tells nobody anything.
var packagePath = reflect.TypeFor[Definition]().PkgPath() + "."

// failureMessage has one line for the error, one for each cause that tells something new, and the innermost frames of a panic.
func failureMessage(err error, hidden hider) string {
	lines := []string{lineOf(err)}
	told := err.Error()
	cause := errors.Unwrap(err)
	for range maxCauses {
		if cause == nil {
			break
		}
		if line := lineOf(cause); typeOf(cause) != "" || !strings.Contains(told, cause.Error()) {
			lines = append(lines, "caused by "+line)
		}
		cause = errors.Unwrap(cause)
	}
	var crash *panicError
	if errors.As(err, &crash) {
		lines = append(lines, framesOf(crash)...)
	}
	return cutToBytes(hidden.hide(strings.Join(lines, "\n")), maxMessage)
}

func lineOf(err error) string {
	text := err.Error()
	if joined, isJoin := err.(interface{ Unwrap() []error }); isJoin {
		if members := joined.Unwrap(); len(members) > maxJoined {
			lines := make([]string, maxJoined)
			for at := range lines {
				lines[at] = cutToBytes(members[at].Error(), maxText/maxJoined)
			}
			text = fmt.Sprintf("%s\nand %d more", strings.Join(lines, "\n"), len(members)-maxJoined)
		}
	}
	if name := typeOf(err); name != "" {
		text = name + ": " + text
	}
	return cutToBytes(text, maxText)
}

// typeOf names the type of an error, where that tells something.
func typeOf(err error) string {
	name := strings.TrimPrefix(reflect.TypeOf(err).String(), "*")
	for _, plain := range []string{"errors.", "fmt.", "nodes.panicError", "wire.NotRetryableError"} {
		if strings.HasPrefix(name, plain) {
			return ""
		}
	}
	return name
}

func framesOf(crash *panicError) []string {
	var lines []string
	for _, frame := range crash.frames[:min(maxFrames, len(crash.frames))] {
		// The end of a path: where a program was built is nobody's business.
		file := path.Join(path.Base(path.Dir(frame.File)), path.Base(frame.File))
		lines = append(lines, fmt.Sprintf("  at %s:%d in %s", file, frame.Line, path.Base(frame.Function)))
	}
	return lines
}

// cutToBytes is the text, cut between two characters if it is longer.
func cutToBytes(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// stackOf writes the places of a panic, or those of the outermost error that keeps its own, as errors do that have a method
// StackTrace and write it for the verb %+v.
func stackOf(err error, hide hider) string {
	text := ""
	var panicked *panicError
	if errors.As(err, &panicked) {
		lines := []string{panicked.Error()}
		for _, frame := range panicked.frames {
			lines = append(lines, fmt.Sprintf("%s\n\t%s:%d", frame.Function, frame.File, frame.Line))
		}
		text = strings.Join(lines, "\n")
	}
	for each := err; each != nil && text == ""; each = errors.Unwrap(each) {
		if reflect.ValueOf(each).MethodByName("StackTrace").IsValid() {
			text = fmt.Sprintf("%+v", each)
		}
	}
	return cutToBytes(hide.hide(text), maxStack)
}
