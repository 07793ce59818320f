//go:build linux

package capi

// #include "calls.h"
import "C"

// Problem is one thing that is wrong with a service file.
type Problem struct {
	// Severity is one of the Severity numbers.
	Severity int32
	Line     int
	Column   int
	// Key is "" where it is about no key.
	Key     string
	Message string
}

// CheckYAML finds what is wrong with the content of a service file.
func CheckYAML(yaml []byte) ([]Problem, error) {
	var list *C.zinit_problem_list
	var failed *C.zinit_error
	begin, length := lend(yaml)
	if C.zinit_check_yaml(begin, length, &list, &failed) != OK {
		return nil, failure(failed)
	}
	defer C.zinit_problem_list_free(list)
	var problems []Problem
	for i := C.size_t(0); i < C.zinit_problem_list_len(list); i++ {
		problems = append(problems, Problem{
			Severity: int32(C.zinit_problem_severity(list, i)),
			Line:     int(C.zinit_problem_line(list, i)),
			Column:   int(C.zinit_problem_column(list, i)),
			Key:      C.GoString(C.zinit_problem_key(list, i)),
			Message:  C.GoString(C.zinit_problem_message(list, i)),
		})
	}
	return problems, nil
}
