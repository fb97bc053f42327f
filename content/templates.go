package content

import "embed"

// Templates holds the texts of notifications, as templates/subject.txt, templates/body.txt and templates/body.html.
//
//go:embed templates
var Templates embed.FS
