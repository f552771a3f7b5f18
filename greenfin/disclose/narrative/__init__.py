"""What a report says in words: answers of the questionnaire, their bindings to cells, and numbers that are bound to none."""
