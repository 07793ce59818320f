module github.com/threefoldtech/libzinit-client/bindings/go

go 1.21

require (
	github.com/blang/semver v3.5.1+incompatible
	github.com/google/shlex v0.0.0-20191202100458-e7afc7fbc510
	gopkg.in/yaml.v2 v2.4.0
)
