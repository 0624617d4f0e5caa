"""The languages: one catalogue of words a language, found by key; all are equals."""
