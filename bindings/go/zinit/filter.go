package zinit

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"sort"

	"github.com/google/shlex"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
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

type globFilter struct {
	// Of the interface; only the library matches a pattern.
	Filter
	pattern string
	invalid error
}

// WithGlob matches services whose whole name matches a shell pattern such as "web-*", as in fnmatch(3) without
// flags. If the pattern is invalid, Matches returns an error with CodeInvalidArgument, which says what is wrong.
func WithGlob(pattern string) Filter {
	return globFilter{pattern: pattern, invalid: fromC(capi.CheckGlob(pattern))}
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
// missing or is not this user's to read, the service does not match a filter on its command.
func (c *Client) Matches(filters ...Filter) ([]string, error) {
	return c.MatchesContext(context.Background(), filters...)
}

// MatchesContext is Matches with a context. The end of the context ends the call.
func (c *Client) MatchesContext(ctx context.Context, filters ...Filter) ([]string, error) {
	if len(filters) == 0 {
		return nil, &Error{Code: CodeInvalidArgument, message: "should provide at least one filter"}
	}
	var conditions capi.Conditions
	var expressions []Filter
	for _, filter := range filters {
		switch filter := filter.(type) {
		case nameFilter:
			conditions.Names = append(conditions.Names, filter.name)
		case globFilter:
			if filter.invalid != nil {
				return nil, filter.invalid
			}
			conditions.Globs = append(conditions.Globs, filter.pattern)
		case execFilter:
			conditions.Execs = append(conditions.Execs, filter.basename)
		default:
			// The library's regular expressions are not those of the package regexp.
			expressions = append(expressions, filter)
		}
	}
	found, err := c.find(ctx, conditions)
	if err != nil || len(expressions) == 0 {
		return found, err
	}
	var matched []string
	for _, name := range found {
		if c.matches(ctx, name, expressions) {
			matched = append(matched, name)
		}
	}
	return matched, nil
}

// find returns the sorted names of the services that meet the conditions: all, if there is no condition.
func (c *Client) find(ctx context.Context, conditions capi.Conditions) ([]string, error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	if len(conditions.Names)+len(conditions.Globs)+len(conditions.Execs) > 0 {
		found, err := daemon.Matches(ctx, conditions)
		if err = fromC(err); err == nil {
			return found, nil
		}
		var failed *Error
		if !errors.As(err, &failed) || failed.Code != CodeInvalidName && failed.Code != CodeInvalidArgument {
			return nil, sentinel(err, ErrUnknownService)
		}
		// No service can have it. That the daemon is not there is still an error.
		_, err = c.ListContext(ctx)
		return nil, err
	}
	services, err := daemon.List(ctx)
	if err != nil {
		return nil, fromC(err)
	}
	var names []string
	for _, service := range services {
		names = append(names, service.Name)
	}
	sort.Strings(names)
	return names, nil
}

func (c *Client) matches(ctx context.Context, name string, filters []Filter) bool {
	service, err := c.LoadServiceContext(ctx, name)
	if err != nil {
		return false
	}
	for _, filter := range filters {
		if !filter.matches(name, &service) {
			return false
		}
	}
	return true
}
