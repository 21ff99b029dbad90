"""Candidate lists in spreadsheets: read, check every cell, load all or nothing, write out again.

sheets and columns say what a list consists of. reading (with workbook and delimited) turns a file into
tables, tables matches headings, cells cleans values, checking and evidence turn rows into unsaved models,
loading saves them, writing is the way back. faults says where something is wrong, and its cure.
"""
