package zinit

import (
	"fmt"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// Severity says how bad a problem is. A program must expect severities that it does not know.
type Severity int32

// The severities of problems.
const (
	// SeverityError means that the daemon refuses the file.
	SeverityError Severity = capi.SeverityError
	// SeverityWarning means that the daemon loads the file, but it may not be what was meant.
	SeverityWarning Severity = capi.SeverityWarning
)

// String returns the word for a severity: "error" or "warning".
func (s Severity) String() string {
	switch s {
	case SeverityError:
		return "error"
	case SeverityWarning:
		return "warning"
	default:
		return fmt.Sprintf("Severity(%d)", int32(s))
	}
}

// Problem is one thing that is wrong with a service file.
type Problem struct {
	// Severity says how bad it is.
	Severity Severity
	// Line and Column say where it is. Both count from 1, columns in characters.
	Line, Column int
	// Key is the key that it is about, such as "exec" or "env.HOME"; "" if it is not about a key.
	Key string
	// Message says what is wrong, and what to write instead. It never has a value of env.
	Message string
}

// String returns the problem on one line, such as "2:8: error: after: it is text: write it as a list".
func (p Problem) String() string {
	key := ""
	if p.Key != "" {
		key = p.Key + ": "
	}
	return fmt.Sprintf("%d:%d: %v: %s%s", p.Line, p.Column, p.Severity, key, p.Message)
}

// CheckYAML finds what is wrong with the content of a service file as it stands: what the daemon would
// refuse, and what a person may not have meant, such as a misspelled key or a command that needs a shell. The
// problems are in the order of the file; there are none if nothing is wrong. It does not talk to the daemon.
func CheckYAML(yaml []byte) ([]Problem, error) {
	found, err := capi.CheckYAML(yaml)
	if err != nil {
		return nil, fromC(err)
	}
	problems := make([]Problem, len(found))
	for i, problem := range found {
		problems[i] = Problem{
			Severity: Severity(problem.Severity), Line: problem.Line, Column: problem.Column,
			Key: problem.Key, Message: problem.Message,
		}
	}
	return problems, nil
}
