package function_test

import "testing"

func TestUserAgents(t *testing.T) {
	f := func(agent, want string) {
		t.Helper()
		got, _ := row(t, `print x = parse_user_agent("`+agent+`", dynamic(["browser", "os", "device"]))`)[0].Canonical()
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", agent, got, want)
		}
	}
	f("Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/4",
		`{"Browser":{"Family":"Nokia OSS Browser","MajorVersion":"3","MinorVersion":"1","Patch":""},"OperatingSystem":{"Family":"Symbian OS","MajorVersion":"9","MinorVersion":"2","Patch":"","PatchMinor":""},"Device":{"Family":"Nokia N81","Brand":"Nokia","Model":"N81-3"}}`)
	f("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36 Edg/120.0.2210.61",
		`{"Browser":{"Family":"Edge","MajorVersion":"120","MinorVersion":"0","Patch":"2210"},"OperatingSystem":{"Family":"Windows","MajorVersion":"10","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Other","Brand":"","Model":""}}`)
	f("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1.2 Mobile/15E148 Safari/604.1",
		`{"Browser":{"Family":"Mobile Safari","MajorVersion":"17","MinorVersion":"1","Patch":"2"},"OperatingSystem":{"Family":"iOS","MajorVersion":"17","MinorVersion":"1","Patch":"2","PatchMinor":""},"Device":{"Family":"iPhone","Brand":"Apple","Model":"iPhone"}}`)
	f("Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
		`{"Browser":{"Family":"Chrome Mobile","MajorVersion":"119","MinorVersion":"0","Patch":"0"},"OperatingSystem":{"Family":"Android","MajorVersion":"13","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Samsung SM-G991B","Brand":"Samsung","Model":"SM-G991B"}}`)
	f("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
		`{"Browser":{"Family":"Safari","MajorVersion":"17","MinorVersion":"1","Patch":""},"OperatingSystem":{"Family":"Mac OS X","MajorVersion":"10","MinorVersion":"15","Patch":"7","PatchMinor":""},"Device":{"Family":"Mac","Brand":"Apple","Model":"Mac"}}`)
	f("python-requests/2.31.0",
		`{"Browser":{"Family":"Python Requests","MajorVersion":"2","MinorVersion":"31","Patch":"0"},"OperatingSystem":{"Family":"Other","MajorVersion":"","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Other","Brand":"","Model":""}}`)
}
