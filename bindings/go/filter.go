package zinit

import (
	"path/filepath"
	"regexp"
	"sort"

	"github.com/google/shlex"
)

// Filter is a condition on services, for Matches.
type Filter interface {
	matches(name string, service *InitService) bool
}

type nameFilter struct {
	name string
}

func (f nameFilter) matches(name string, _ *InitService) bool {
	return f.name == name
}

// WithName matches the service with this name.
func WithName(name string) Filter {
	return nameFilter{name}
}

type execFilter struct {
	basename string
}

func (f execFilter) matches(_ string, service *InitService) bool {
	words, err := shlex.Split(service.Exec)
	return err == nil && len(words) > 0 && filepath.Base(words[0]) == f.basename
}

// WithExec matches services whose command runs a program of this name, in any directory.
func WithExec(basename string) Filter {
	return execFilter{basename}
}

type execRegexFilter struct {
	// regex is nil if the pattern is invalid.
	regex *regexp.Regexp
}

func (f execRegexFilter) matches(_ string, service *InitService) bool {
	return f.regex != nil && f.regex.MatchString(service.Exec)
}

// WithExecRegex matches services whose command matches a regular expression, in the syntax of the package
// regexp. An invalid expression matches nothing.
func WithExecRegex(regex string) Filter {
	compiled, err := regexp.Compile(regex)
	if err != nil {
		compiled = nil
	}
	return execRegexFilter{compiled}
}

// Matches returns the sorted names of the monitored services that match all filters. If a service's file is
// missing or cannot be read, the service does not match a filter on its command.
func (c *Client) Matches(filters ...Filter) ([]string, error) {
	if len(filters) == 0 {
		return nil, &Error{Code: CodeInvalidArgument, message: "should provide at least one filter"}
	}
	monitored, err := c.List()
	if err != nil {
		return nil, err
	}
	var matched []string
	for name := range monitored {
		if c.matches(name, filters) {
			matched = append(matched, name)
		}
	}
	sort.Strings(matched)
	return matched, nil
}

// matches checks the name first, so that it reads only the files that it needs.
func (c *Client) matches(name string, filters []Filter) bool {
	var onFile []Filter
	for _, filter := range filters {
		if _, isName := filter.(nameFilter); !isName {
			onFile = append(onFile, filter)
		} else if !filter.matches(name, nil) {
			return false
		}
	}
	if len(onFile) == 0 {
		return true
	}
	service, err := c.LoadService(name)
	if err != nil {
		return false
	}
	for _, filter := range onFile {
		if !filter.matches(name, &service) {
			return false
		}
	}
	return true
}
