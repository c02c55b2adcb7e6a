class Loop: pass
