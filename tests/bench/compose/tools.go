//go:build tools

// Package compose pins Docker Compose, which the benchmarks deploy the same services with.
package compose

import _ "github.com/docker/compose/v2/cmd"
