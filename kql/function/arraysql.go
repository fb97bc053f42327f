package function

import "strings"

// The SQL of this file reads arrays as lists of JSON texts and writes them back.

// elementsSQL is the list of the JSON texts of an array; NULL for what is none.
const elementsSQL = "(CASE WHEN json_type({0}) = 'ARRAY' THEN json_extract({0}, '$[*]')::VARCHAR[] END)"

// itemTextsSQL is the list of the texts of an array's elements, or of the one value itself.
const itemTextsSQL = "list_transform(CASE WHEN json_type({0}) = 'ARRAY' THEN json_extract({0}, '$[*]') ELSE [({0})::JSON] END, lambda e: coalesce(e ->> '$', ''))"

// ItemTextsSQL returns SQL for the list of texts that a dynamic stands for as the items of in, lower-case where fold is set.
func ItemTextsSQL(dynamic string, fold bool) string {
	if fold {
		return "list_transform(" + fill(itemTextsSQL, dynamic) + ", lambda e: lower(e))"
	}
	return fill(itemTextsSQL, dynamic)
}

// arrayTextSQL is the JSON text of a list of JSON texts; NULL for NULL.
const arrayTextSQL = "('[' || array_to_string({0}, ',') || ']')"

// arrayConcatSQL leaves out what is no array; without any it is null.
func arrayConcatSQL(args []SQLArg) (string, bool) {
	lists := make([]string, len(args))
	for i, a := range args {
		lists[i] = fill(elementsSQL, a.SQL)
	}
	none := strings.Join(lists, " IS NULL AND ") + " IS NULL"
	for i := range lists {
		lists[i] = "coalesce(" + lists[i] + ", []::VARCHAR[])"
	}
	return "(CASE WHEN NOT (" + none + ") THEN " + fill(arrayTextSQL, strings.Join(lists, " || ")) + " END)", true
}

// arraySliceSQL: positions count from 0, negative ones from the end; both ends are included.
func arraySliceSQL(args []SQLArg) (string, bool) {
	const template = "(CASE WHEN json_type({0}) IS DISTINCT FROM 'ARRAY' OR {1} IS NULL OR {2} IS NULL THEN NULL WHEN {start} > {end} THEN '[]' ELSE " +
		"'[' || array_to_string(list_slice({list}, {start} + 1, {end} + 1), ',') || ']' END)"
	const n = "json_array_length({0})::BIGINT"
	text := strings.NewReplacer(
		"{list}", "json_extract({0}, '$[*]')::VARCHAR[]",
		"{start}", "(CASE WHEN {1} < 0 THEN greatest(0, {1} + "+n+") ELSE {1} END)",
		"{end}", "least("+n+" - 1, CASE WHEN {2} < 0 THEN {2} + "+n+" ELSE {2} END)",
	).Replace(template)
	return fill(text, texts(args)...), true
}

// strcatArraySQL joins the texts of the elements; what is no array is empty. DuckDB wants a constant between them.
func strcatArraySQL(args []SQLArg) (string, bool) {
	delimiter, ok := args[1].constText()
	if !ok {
		return "", false
	}
	quoted, ok := quote(delimiter)
	return fill("coalesce(array_to_string(list_transform(CASE WHEN json_type({0}) = 'ARRAY' THEN json_extract({0}, '$[*]')::JSON[] END, lambda e: coalesce(e ->> '$', '')), {1}), '')", args[0].SQL, quoted), ok
}
