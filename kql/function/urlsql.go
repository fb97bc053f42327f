package function

import "strings"

// urlHead is how a URL begins, up to its authority.
const urlHead = `(?s)^[^/?# ]+://`

// URLPartSQL returns SQL for the text of one part of a URL, which is what parse_url gives under that name; false for what is
// no part, or none that one expression finds.
func URLPartSQL(part, url string) (string, bool) {
	authority := "regexp_extract(" + url + ", '" + urlHead + "([^/?#]*)', 1)"
	place := "regexp_replace(" + authority + ", '(?s)^[^:]*:.*@', '')" // behind user and password
	text, ok := map[string]string{
		"Scheme":   "regexp_extract({url}, '^([^/?# ]+)://', 1)",
		"Host":     "regexp_replace(" + place + ", ':[^:\\]]*$', '')",
		"Port":     "regexp_extract(" + place + ", ':([^:\\]]*)$', 1)",
		"Path":     "(CASE WHEN regexp_matches({url}, '" + urlHead + "[^/?#]*/$') THEN '' ELSE regexp_extract({url}, '" + urlHead + "[^/?#]*(/[^?#]*)', 1) END)",
		"Username": "regexp_extract(" + authority + ", '(?s)^([^:]*):.*@', 1)",
		"Password": "regexp_extract(" + authority + ", '(?s)^[^:]*:(.*)@', 1)",
		"Fragment": "regexp_extract({url}, '" + urlHead + "[^#]*#(.*)$', 1)",
	}[part]
	return strings.ReplaceAll(text, "{url}", url), ok
}
