package decode

func (w *work) csv() error       { return nil }
func (w *work) tables(i int) int { return w.s.value(i) }
