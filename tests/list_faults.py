"""Cells that spoil the list of tests/spreadsheets.py, and what load_list then says: column, fault, cure."""

import datetime

from shortlist.spreadsheet.sheets import SHEETS

LIST, CATEGORIES, CANDIDATES, EVIDENCE, SOURCES = (sheet.chinese for sheet in SHEETS)
TEXT_CURE = "Format the cell as text, then type it as printed"
KINDS = "结果、标准、目标、计划、签约、批准、比较、定性"
SHORTEN = "Shorten it; what is needed beside it can stand in the text or the remarks."
DAY_CURE = "Write year, month and day, such as 2019-10-22, or leave the cell empty."
CODE_CURE = "Write three digits, the first that of the category, such as 201."

CELL_FAULTS = [
    # Codes
    (CANDIDATES, {"B3": "2011"}, "B “代码”: “2011” is not a code of three digits. " + CODE_CURE),
    (
        CANDIDATES,
        {"B3": "201.0"},
        "B “代码”: “201.0” was rewritten by a spreadsheet program as a number. "
        "Format the cell as text, then type the digits alone, such as 201.",
    ),
    (
        CANDIDATES,
        {"B3": "2.01E+02"},
        "B “代码”: “2.01E+02” was rewritten by a spreadsheet program as a number. "
        "Format the cell as text, then type the digits alone, such as 201.",
    ),
    (
        CANDIDATES,
        {"B3": 11},
        f"B “代码”: “11” is not a code of three digits. {CODE_CURE} "
        "A number cell loses zeros at its front: format it as text.",
    ),
    (
        CATEGORIES,
        {"A2": "零"},
        "A “类别代码”: “零” is not one digit from 1 to 9. Write one digit, such as 2.",
    ),
    (
        CANDIDATES,
        {"A4": "2", "B4": "201"},
        "B “代码”: “201” stands in row 2 already. "
        "Each may be there once: correct it, or delete one of the rows.",
    ),
    (
        CANDIDATES,
        {"B4": "203"},
        "B “代码”: “203” does not begin with 3, the digit of “改善民生”. "
        "Change the code, such as 301, or the category.",
    ),
    (
        CANDIDATES,
        {"A3": "深化改革"},
        "A “类别”: There is no category “深化改革”. "
        "Write digit or name of one of these: 2 转型发展、3 改善民生.",
    ),
    # Text, and what Excel makes of it
    (
        CANDIDATES,
        {"C3": None},
        "C “标题”: The cell is empty. "
        "Fill it in: The first sentence, as printed, with its full stop, on one line.",
    ),
    (
        CANDIDATES,
        {"C3": "第一行\n第二行。"},
        "C “标题”: “第一行 第二行。” contains a line break. Join the lines into one.",
    ),
    (
        CANDIDATES,
        {"C3": "长" * 201},
        f"C “标题”: Ensure this value has at most 200 characters (it has 201). {SHORTEN}",
    ),
    (
        CANDIDATES,
        {"C3": 0.95},
        "C “标题”: The spreadsheet program keeps this as the number 0.95, which may not be what was typed. "
        f"{TEXT_CURE}, such as 7.0%.",
    ),
    (
        EVIDENCE,
        {"J2": datetime.datetime(2019, 8, 1)},
        f"J “时间原文”: The spreadsheet program turned the text into the date 2019-08-01. {TEXT_CURE}.",
    ),
    (
        CANDIDATES,
        {"D3": "#REF!"},
        "D “正文”: The cell shows the error #REF!. Type the value itself into the cell.",
    ),
    (
        CANDIDATES,
        {"D3": "=A1&B1"},
        "D “正文”: The cell holds a formula whose result the file does not contain. "
        "Open the file in Excel or WPS and save it again, or type the value itself into the cell.",
    ),
    (
        LIST,
        {"A2": "山西 2019"},
        "A “网址代号”: Enter a valid “slug” consisting of letters, numbers, underscores or hyphens. "
        "What belongs here: The end of the list's web address: small letters, digits and hyphens, "
        "such as shanxi-2019.",
    ),
    (
        SOURCES,
        {"F2": "网站"},
        "F “网址”: Enter a valid URL. What belongs here: The whole address with https://.",
    ),
    # Numbers, words, dates
    (
        CATEGORIES,
        {"E2": "十项"},
        "E “公布项数”: “十项” is not a whole number from 0 to 32767. "
        "Write digits only, such as 10, or leave the cell empty.",
    ),
    (
        CATEGORIES,
        {"F2": 2.5},
        "F “入选名额”: “2.5” is not a whole number from 0 to 32767. "
        "Write digits only, such as 10, or leave the cell empty.",
    ),
    (
        CATEGORIES,
        {"H2": 100},
        "H “最多选”: Ensure this value is less than or equal to 99. "
        "What belongs here: The most that a ballot may pick. Empty means 10.",
    ),
    (
        CATEGORIES,
        {"G2": 2, "H2": 1},
        "G “最少选”: The fewest choices (2) are more than the most (1). "
        "Make the fewest smaller or the most larger.",
    ),
    (
        CATEGORIES,
        {"G3": 2, "H3": 2},
        "G “最少选”: The fewest choices (2) are more than the candidates of the category (1). "
        "Make the fewest choices smaller, or add candidates.",
    ),
    (
        EVIDENCE,
        {"D2": "目标值"},
        f"D “性质”: “目标值” is not one of the words known here. Did you mean “目标”? Known are: {KINDS}.",
    ),
    (
        EVIDENCE,
        {"G2": "xyz"},
        "G “界限”: “xyz” is not one of the words known here. "
        "Choose one of these: 等于、约、超过、至少、不到、至多.",
    ),
    (EVIDENCE, {"K2": "2019-02-30"}, f"K “起始日”: “2019-02-30” is not a day of the calendar. {DAY_CURE}"),
    (EVIDENCE, {"L2": "2018年底"}, f"L “截止日”: “2018年底” is not a day of the calendar. {DAY_CURE}"),
    (
        EVIDENCE,
        {"K2": "2019-01-01"},
        "K “起始日”: 2019-01-01 lies after the last day, 2014-12-31. "
        "Exchange the two dates, or correct them.",
    ),
    # Evidence
    (
        EVIDENCE,
        {"O2": "贫困发生率由15%下降"},
        "O “原文引句”: “贫困发生率由15%下降” does not stand in title and text of candidate 201. "
        "Copy the words from title or text exactly, with every mark.",
    ),
    (
        EVIDENCE,
        {"O5": "接待500万人"},
        "O “原文引句”: “接待500万人” differs from the text of candidate 202 in spaces or in width. "
        "Copy the words from title or text exactly, with every mark.",
    ),
    (
        EVIDENCE,
        {"O4": "贫困"},
        "P “第几处”: Number of times that “贫困” stands in title and text: 2. "
        "Write into “第几处” which is meant, from 1 to 2, or copy more words.",
    ),
    (
        EVIDENCE,
        {"O4": "贫困", "P4": 3},
        "P “第几处”: Number of times that “贫困” stands in title and text: 2. "
        "Write into “第几处” which is meant, from 1 to 2, or copy more words.",
    ),
    (
        EVIDENCE,
        {"F2": "13.7%"},
        "F “数值原文”: “13.7%” does not stand in a quote that shows a value. "
        "Write the figure exactly as in the quote, or copy the words that contain it.",
    ),
    (
        EVIDENCE,
        {"F2": "下降"},
        "F “数值原文”: The figure “下降” cannot be read. "
        "A figure starts with its digits, as in 1.2亿吨 or 13.6%.",
    ),
    (EVIDENCE, {"F2": "1" * 30}, "F “数值原文”: Ensure that there are no more than 24 digits in total. "),
    (
        EVIDENCE,
        {"F2": "3.6%"},
        "F “数值原文”: “3.6%” is only a piece of the printed figure: take the whole. ",
    ),
    (
        EVIDENCE,
        {"H2": "人"},
        "H “单位”: The figure “13.6%” has another unit than “人”. "
        "Write the unit that is printed, or leave the cell empty.",
    ),
    (
        EVIDENCE,
        {"J2": "2013年"},
        "J “时间原文”: “2013年” does not stand in title and text of candidate 201. "
        "Write it as printed, or leave the cell empty.",
    ),
    (
        EVIDENCE,
        {"E5": "全省"},
        "E “范围”: “全省” does not stand in title and text of candidate 202. "
        "Write it as printed, or leave the cell empty.",
    ),
    (
        EVIDENCE,
        {"J4": "2018年"},
        "J “时间原文”: This is said of a figure, but the row has none. "
        "Fill in “数值原文”, or empty this cell; a time or scope can stand as a quote.",
    ),
    (
        EVIDENCE,
        {"O4": None},
        "O “原文引句”: The claim has no words of the text to stand on. "
        "Copy into “原文引句” the words of title and text that say it.",
    ),
    (
        EVIDENCE,
        {"A4": "999"},
        "A “代码”: There is no candidate with the code “999”. Correct the code, or add the candidate.",
    ),
    (
        EVIDENCE,
        {"S2": "7"},
        "S “来源”: No source, or more than one, has the number or title “7”. "
        "Number the rows of the sheet 来源 and write the number here.",
    ),
    (
        EVIDENCE,
        {"D3": "目标"},
        "D “性质”: This differs from row 2, which belongs to the same claim. "
        "Write the same or nothing here, or give the claim another name or place.",
    ),
    (
        EVIDENCE,
        {"N4": "是"},
        "N “主要数据”: Row 2 says most of candidate 201 already. "
        "Leave one of the two, and empty the other cell.",
    ),
]

WARNINGS = [
    (
        CATEGORIES,
        {"E2": 3},
        "E “公布项数”: 3 candidates are declared; the file has 2. "
        "Add what is missing, or leave it if the source gives no more.",
    ),
    (
        CATEGORIES,
        {"H2": 3},
        "H “最多选”: The most choices (3) are more than its candidates. "
        "The category has 2: choose a smaller number, unless this is meant.",
    ),
    (
        CATEGORIES,
        {"F2": 3},
        "F “入选名额”: The places (3) are more than its candidates. "
        "The category has 2: choose a smaller number, unless this is meant.",
    ),
    (CANDIDATES, {"E1": "顺续"}, "E “顺续”: This column is not known and is left out. Did you mean “顺序”?"),
    (
        EVIDENCE,
        {"D5": "定性"},
        "D “性质”: A claim with a figure is hardly qualitative. "
        "Choose another kind, or leave the figure out.",
    ),
    (
        CANDIDATES,
        {"C3": "示例：旅游。"},
        "C “标题”: This looks like a row of the template's example. "
        "Delete it if it does not belong to your list.",
    ),
]
