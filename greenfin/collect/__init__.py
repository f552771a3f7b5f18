"""What the branches still owe: a workbook that checks itself, and reading it back."""
