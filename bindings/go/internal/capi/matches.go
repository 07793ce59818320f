//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"context"
	"runtime"
)

// Conditions on a service; all of them must hold.
type Conditions struct {
	// Names are what its name must be, Globs the patterns that match it, Execs what its program must be called.
	Names, Globs, Execs []string
}

// Matches finds the monitored services that meet all conditions, of which there must be one. The names are sorted.
func (c *Client) Matches(ctx context.Context, conditions Conditions) ([]string, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	filter, err := conditions.filter()
	defer C.zinit_filter_free(filter)
	if err != nil {
		return nil, err
	}
	request, err := c.beginMatches(filter, len(conditions.Execs) > 0)
	if err != nil {
		return nil, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return nil, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	list := C.zinit_request_name_list(request.handle)
	length := C.zinit_name_list_len(list)
	if length == 0 {
		return nil, nil
	}
	array := make([]*C.char, length)
	C.read_names(list, first(array), length)
	names := make([]string, length)
	for i, name := range array {
		names[i] = C.GoString(name)
	}
	return names, nil
}

// CheckGlob tells what is wrong with a shell pattern.
func CheckGlob(pattern string) error {
	filter, err := Conditions{Globs: []string{pattern}}.filter()
	C.zinit_filter_free(filter)
	return err
}

// searchMs is enough to read a thousand files. Go pays for each call of the library that takes long, and a dispatch reads
// only a few files.
const searchMs = 10

// beginMatches waits for a moment if files are to be read, whoever else waits: a request that is in no queue yet when the
// list has come takes one step for each file without waking the queue's goroutine.
func (c *Client) beginMatches(filter *C.zinit_filter, readsFiles bool) (*request, error) {
	places, moment := shortCalls, 0
	if readsFiles {
		enterFileCall()
		places, moment = fileCalls, searchMs
	} else {
		places.enter()
	}
	defer places.leave()
	var begun C.struct_begun
	C.begin_matches(c.handle, filter, C.int64_t(moment), &begun)
	runtime.KeepAlive(c)
	return newRequest(C.OPERATION_MATCHES, &begun)
}

// filter is the library's. The caller frees it, whatever comes of it.
func (c Conditions) filter() (*C.zinit_filter, error) {
	filter := C.zinit_filter_new()
	var failed *C.zinit_error
	for _, name := range c.Names {
		value, err := nameText(name)
		if err != nil {
			return filter, err
		}
		if C.zinit_filter_with_name(filter, value, &failed) != OK {
			return filter, failure(failed)
		}
	}
	for _, glob := range c.Globs {
		value, err := text(glob)
		if err != nil {
			return filter, err
		}
		if C.zinit_filter_with_glob(filter, value, &failed) != OK {
			return filter, failure(failed)
		}
	}
	for _, exec := range c.Execs {
		value, err := text(exec)
		if err != nil {
			return filter, err
		}
		if C.zinit_filter_with_exec(filter, value, &failed) != OK {
			return filter, failure(failed)
		}
	}
	return filter, nil
}
