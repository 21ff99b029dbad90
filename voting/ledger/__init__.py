"""The public ledger's formats. Stands alone: no Django, nothing else of this project."""
