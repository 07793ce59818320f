package zinit_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

func TestCheckYAML(t *testing.T) {
	problems, err := zinit.CheckYAML([]byte("exec: a && b\nafter: net\nafetr: [b]\nenv: {A: [1]}\n"))
	must(t, err)
	for i, expected := range []zinit.Problem{
		{Severity: zinit.SeverityWarning, Line: 1, Column: 7, Key: "exec"},
		{Severity: zinit.SeverityError, Line: 2, Column: 8, Key: "after"},
		{Severity: zinit.SeverityWarning, Line: 3, Column: 1, Key: "afetr"},
		{Severity: zinit.SeverityError, Line: 4, Column: 10, Key: "env.A"},
	} {
		if i >= len(problems) {
			t.Fatalf("only %v", problems)
		}
		expected.Message = problems[i].Message
		if problems[i] != expected || expected.Message == "" {
			t.Errorf("%v; expected %v", problems[i], expected)
		}
	}
	if len(problems) != 4 || !strings.HasPrefix(problems[1].String(), "2:8: error: after: ") ||
		!strings.HasPrefix(problems[0].String(), "1:7: warning: exec: ") {
		t.Errorf("%v", problems)
	}
	problem := zinit.Problem{Severity: zinit.SeverityError, Line: 1, Column: 2, Message: "it is not a map"}
	if problem.String() != "1:2: error: it is not a map" || zinit.Severity(7).String() != "Severity(7)" {
		t.Error(problem)
	}
}

func TestCheckYAMLOfAnyText(t *testing.T) {
	for text, expected := range map[string][]string{
		"exec: a\n":        nil,
		"":                 {"1:1: error: exec: "},
		"text":             {"1:1: error: "},
		"exec: a\nx: \xff": {"2:4: error: "},
		"exec: a\n\x00":    {"2:1: warning: "},
		"exec: a\n#" + strings.Repeat("x", 1<<18): {"1:1: error: "},
	} {
		problems, err := zinit.CheckYAML([]byte(text))
		var found []string
		for i, problem := range problems {
			if i < len(expected) && strings.HasPrefix(problem.String(), expected[i]) {
				found = append(found, expected[i])
			} else {
				found = append(found, problem.String())
			}
		}
		if err != nil || !reflect.DeepEqual(found, expected) {
			t.Errorf("%.20q: %v, error %v; expected %v", text, problems, err, expected)
		}
	}
	if problems, err := zinit.CheckYAML(nil); err != nil || len(problems) != 1 {
		t.Errorf("%v, error %v", problems, err)
	}
}
