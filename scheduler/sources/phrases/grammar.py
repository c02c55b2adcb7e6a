"""The grammar of time phrases in eligibility criteria: all its words, in tables.

A time phrase is a lead, a number, a unit, a relation and the words of an anchor
("within / 4 / weeks / prior to / the first dose"). The tables below are all that the grammar knows;
`phrases_reading` applies them. Words are written as regular expressions over lower-case plain text.
"""

from __future__ import annotations

import re

# Numbers ------------------------------------------------------------------------------------------
NUMBERS: dict[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine":
    9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "twenty-one": 21,
    "twenty-four": 24, "twenty-eight": 28, "thirty": 30, "thirty-six": 36, "forty": 40,
    "forty-two": 42, "forty-five": 45, "forty-eight": 48, "fifty": 50, "sixty": 60, "seventy-two":
    72, "ninety": 90, "hundred": 100, "one hundred": 100,
}  # fmt: skip

# Units: name -> the ways to write it --------------------------------------------------------------
UNITS: dict[str, str] = {
    "minutes": r"minutes?|mins?",
    "hours": r"hours?|hrs?|hr\.|h",
    "days": r"days?|d",
    "weeks": r"weeks?|wks?|wk\.|wek|fortnights?",
    "months": r"months?|mos?\.?|mths?|mons?",
    "years": r"years?|yrs?\.?|y",
    "half-lives": r"half[- ]?li(?:fe|ves)|half[- ]?life'?s|t ?1/2s?",
}
# Words that may stand between the number and its unit; they do not change the length.
UNIT_ADJECTIVES = (
    r"consecutive|calendar|full|continuous|whole|complete[d]?|business|working|additional|more|"
    r"elimination|plasma|"
    r"terminal|drug|biologic(?:al)?|serum|known|estimated|published|respective|documented|"
    r"pharmacokinetic|total|"
    r"physiologic|effective|successive|solid|entire|study"
)

# Leads: what stands before the number -> how the far end is meant ---------------------------------
LEADS: tuple[tuple[str, str], ...] = (
    (
        "at_least",
        r"not within|(?:at|for) (?:the )?least|a minimum(?: period)?(?: of)?|minimum(?: "
        r"period)?(?: of)?|"
        r"(?:no|not) (?:less|fewer|sooner|shorter) than|>=|atleast|at minimum|(?:greater|more|"
        r"longer) than or "
        r"equal to|no earlier than at least",
    ),
    (
        "at_most",
        r"up to|up until|(?:no|not) (?:more|greater|longer|later|earlier|older) than|at (?:the "
        r")?most|(?:a )?"
        r"maximum(?: of)?|<=|(?:less|fewer) than or equal to|not exceeding|not to exceed|as long "
        r"as",
    ),
    ("less_than", r"(?:less|fewer|shorter|sooner|earlier) than|<|under|in less than"),
    (
        "more_than",
        r"(?:more|greater|longer|later|further|other) than|>|over|exceed(?:s|ing)?|in excess of|"
        r"beyond|above",
    ),
    ("within", r"within|with in|wihtin|whithin|withi|withing|in|during|throughout|inside|across"),
)
# "over the past 6 months" is not "more than"; "in" and "over" need one of these after them.
PAST = r"last|past|previous|preceding|prior|most recent|latest|recent"
FUTURE = r"next|coming|subsequent|following|first|initial|upcoming|ensuing"
APPROXIMATELY = (
    r"approximately|approx\.?|about|around|roughly|~|nearly|almost|exactly|the equivalent of"
)

# After the unit: "6 months or longer" -------------------------------------------------------------
AFTERWORDS: tuple[tuple[str, str], ...] = (
    (
        "at_least",
        r"or (?:more|longer|greater|above|over|beyond|later)|and (?:more|longer|above|over)|\+",
    ),
    ("at_most", r"or (?:less|fewer|shorter|sooner)|and (?:less|under)|maximum"),
)

# Relations: the words between the length and the anchor -> the direction --------------------------
RELATIONS: tuple[tuple[str, str], ...] = (
    (
        "before",
        r"prior to|prior the|before|preceding|previous to|in advance of|ahead of|leading up to|"
        r"leading to|"
        r"earlier than|precedent to|up to(?= (?:the )?(?:time of |day of )?(?:random|enrol|screen|"
        r"baseline|first |surger|consent|start))|proceeding|pre(?=[- ](?:dose|dosing|study|enrol|"
        r"random|screen|"
        r"treat|trial|"
        r"infusion|transplant|op|surg|procedure|baseline|registration|vaccin|consent))",
    ),
    (
        "after",
        r"after|following|follow(?=ing)|subsequent to|since|post|beyond|past|upon|out from|"
        r"removed from|"
        r"(?:of|from|to|before) (?:the )?(?:last|final) (?=dose|administration)",
    ),
    ("from", r"from"),
    ("of", r"of"),
)
# At the end of a clause, with no anchor: "6 months ago".
ADVERBS: dict[str, str] = {
    "before": r"ago|previously|earlier|beforehand|prior|before|in the past",
    "after": r"afterwards?|thereafter|later|there ?after|after|following|post",
}
# Words that end an anchor, or forbid a relation to be looked for behind them.
CLAUSE_WORDS = (
    r"and|or|but|if|unless|except|with|without|who|which|that|is|are|was|were|will|must|should|"
    r"may|can|has|have|had|"
    r"because|while|when|whether|where|as|excluding|including|provided|so|in order|regardless|"
    r"despite|then|than|"
    r"within|until|through|throughout|i\.e|e\.g|not|no|per|due|based|using|to rule|to be eligible|"
    r"did|does|do"
)

# Anchors: class -> words, tried at each place of the anchor's text; the earliest and longest wins
# --
_THERAPY = (
    r"(?:\w+-?)?(?:chemo|radio|immuno|hormon\w*|radiochemo|chemoradio)-?(?:therap(?:y|ies)|"
    r"therapeutic)|radiation|"
    r"(?:anti-?\w*|systemic|targeted|local|definitive|adjuvant|biologic\w*|steroid\w*|"
    r"investigational|cytotoxic|"
    r"curative|corticosteroid\w*|antibiotic\w*|cancer)"
)
_STUDY = (
    r"(?:the |this |our |current |present |actual |investigational |clinical |main )*(?:study|"
    r"trials?|trail|protocol|research|research study)"
)
_TREAT = (
    r"(?:(?:(?:the|study|trial|protocol|investigational|test|any|all|planned|assigned|blinded|"
    r"active|oral|open-label|"
    r"randomi[sz]ed|double-blind|therapeutic|induction|experimental|present|this|combination|"
    r"maintenance|drug|"
    r"medicinal|pembrolizumab|new|every|permanent|iv|initial|first|preparative|car-?t|cell|last|"
    r"first-line|adjuvant|"
    r"their|his|her|its|both|either|of) )*"
    r"(?:treatments?|therap(?:y|ies)|drugs?(?: product)?|medications?|medicines?|doses?|dosing|"
    r"products?|agents?|"
    r"regimen|imp|ip|vaccin\w+|administrations?|(?<=study )interventions?|(?<=trial "
    r")interventions?|course|chemotherapy|injections?|placebo|"
    r"immunotherapy|radiotherapy|(?!baseline|decline|medicine|guideline|urine|machine|routine|"
    r"provide|outside|inside|hospice|combine)[a-z]{2,}(?:mab|nib|lib|ide|ine|cept|parib|platin|"
    r"zomib)|[a-z]{1,4}-?\d{2,}\w*(?! (?:screen|entry|visit|enrol|baseline))))"
)
ANCHORS: tuple[tuple[str, str], ...] = (
    ("consent", r"informed consent|consent|\bicf\b|assent\b|signing|signature"),
    ("screening", r"(?:pre-?)?screen(?:ing|ed)?\b|\bsv\b|\bscr\b"),
    ("randomization", r"(?:re-?)?randomi[sz]\w*"),
    ("baseline", r"baseline|\bbl\b"),
    (
        "enrollment",
        rf"(?:pre-?|re-?)?enrol\w*|(?:pre-?|re-?)?regist\w+|inclusion|includ(?:ed|ing)|recruit\w*|"
        rf"accrual|"
        rf"{_STUDY} (?:entry|start|initiation|begin\w*|commencement|enrol\w*|regist\w*|inclusion|"
        rf"admission|"
        rf"participation|date|onset|accrual)|entry|entering|entrance|"
        rf"(?:start|beginning|initiation|commencement|onset|opening)(?:ing)? (?:of |date of "
        rf")?{_STUDY}"
        rf"(?! (?:drug|treat|therap|med|dos|agent|product|vacc|interv|infus|inject))|"
        rf"(?:starting|beginning|initiating|commencing|joining|participat\w+ in|participation) "
        rf"(?:in )?{_STUDY}"
        rf"(?! (?:drug|treat|therap|med|dos|agent|product|vacc|interv|infus|inject))|"
        rf"study participation|participation|grouping|allocation|assignment|(?:study|trial) "
        rf"admission",
    ),
    (
        "blood_collection",
        r"(?:leuk\w*|plasma|cyt)?apheresis|(?:blood|cell|pbmc|stem cell|marrow|leukocyte) "
        r"(?:collection|harvest\w*|draw)|harvest\w*|mobili[sz]ation|collection of",
    ),
    (
        "lymphodepletion",
        r"(?:the )?(?:lympho-?deplet\w*|lympho-?ablat\w*|(?:pre-?)?conditioning|preparative "
        r"regimen|"
        r"(?:start\w*|initiat\w*|begin\w*|first dose) (?:of )?(?:the )?(?:lympho-?deplet\w*|"
        r"conditioning|"
        r"preparative)|\bld\b chemo\w*|fludarabine)",
    ),
    (
        "infusion",
        r"(?:(?:car[- ]?t|cell|t[- ]cell|nk|product|study|stem cell|til|marrow|the|planned) "
        r")*(?:re-?)?infusion|"
        r"(?:administration|infusion|receipt|receiving) of (?:\S+ )?(?:car[- ]?t|t[- ]cells?|"
        r"cells?)\b|day of car",
    ),
    (
        "transplant",
        r"(?:\w+ )?(?:stem cell |marrow |kidney |liver |organ )?transplant\w*|\b(?:allo|"
        r"auto)?-?h?sct\b|"
        r"\basct\b|\b(?:allo-|auto-)?hct\b|\bbmt\b|engraftment",
    ),
    (
        "treatment_start",
        rf"(?:(?:first|initial|1st|scheduled first|planned first|planned) (?:(?!last\b)[\w/-]+ "
        rf"){{0,4}}?"
        rf"(?:dose|dosing|administration|infusion|injection|treatment|therapy|vaccin\w+|"
        rf"immuni[sz]ation|drug|intake|receipt|exposure|day of|application|chemotherapy|"
        rf"medication|"
        rf"[a-z]+(?:mab|nib)))|"
        rf"(?:start|initiat|beginn?|commenc|onset|receipt|receiv|introduction|taking|exposure|"
        rf"administration|administering|prescrib)\w*(?: (?:date|day))?(?: (?:of|to|on|with))?"
        rf"(?: (?:[\w/-]+) ?){{0,2}}? ?{_TREAT}|(?:treatment|therapy|drug|dosing|medication) "
        rf"(?:start|initiation|begin\w*|commencement|day 1|administration)|\bc(?:ycle)? ?1 "
        rf"?,?/?d(?:ay)? ?1\b|"
        rf"(?:study |treatment )?day ?[-+]?\d+|cycle (?:1|one)|\bc1d1\b|dosing|first (?:baseline "
        rf")?day|"
        rf"(?:start|initiation|begin\w*|commencement) of(?! (?:the )?(?:\w+ )?(?:illness|symptom|"
        rf"disease|pain|fever|infection|hospital|episode|follow|menopause|pregnan))|starting|"
        rf"beginning|commencing|initiating",
    ),
    (
        "treatment_end",
        rf"(?:(?:last|final|most recent)(?: (?:[\w/-]+)){{0,4}}? (?:dose|dosing|administration|"
        rf"infusion|"
        rf"injection|treatment|vaccin\w+|drug|application|intake|therapy|medication|exposure))|"
        rf"(?:complet|end|discontinu|cessat|stop|terminat|finish|conclusion|withdrawal|last "
        rf"day)\w*"
        rf"(?: (?:of|from|with|the|taking|receiving|all|any))*(?: [\w/-]+){{0,3}}? ?{_TREAT}|"
        rf"{_TREAT} (?:completion|discontinuation|termination|cessation|end|ends|stop\w*|is "
        rf"(?:stopped|"
        rf"completed)|period)|\beot\b|\blast dos\w+|(?:discontinu|stopp|ceas|withdraw)\w*(?: of)? "
        rf"(?!{_STUDY})\w+|"
        rf"(?:completion|discontinuation|cessation)(?: of)?$|last (?:\w+ ){{0,2}}treatment",
    ),
    (
        "study_end",
        rf"(?:complet|end|conclusion|terminat|finish|leaving|exit|close)\w*(?: (?:of|from|their|"
        rf"the))* {_STUDY}"
        rf"(?! (?:drug|treat|therap|med|dos|agent|product|vacc|interv|infus|inject))|{_STUDY} "
        rf"(?:completion|end|termination|exit|ends|conclusion|discontinuation)|"
        rf"(?:last|final)(?: (?:study|clinic|follow-up))* visit|follow-?up(?: \w+)? visit|\beos\b",
    ),
    (
        "surgery",
        r"(?:(?:the|planned|major|scheduled) )*(?:surger(?:y|ies)|surgical \w+|operation|"
        r"resection|biops\w+|"
        r"operative\w*|operatively|procedure|radical \w+)",
    ),
    ("diagnosis", r"(?:\w+ )?diagnos\w+"),
    ("run_in", r"run(?:-| )?in\b|(?:the )?run\b|lead-?in|observation(?:al)? (?:period|phase)"),
    (
        "visit",
        r"(?:study )?visits?(?: ?\d+\w*)?|\bv ?\d+\b|assessments?|examinations?|test(?:ing|s)?\b",
    ),
    ("treatment", rf"{_TREAT}|administration|dose|regimen"),
    ("study", rf"{_STUDY}(?! (?:\w+ing|visit)\b)(?: (?:period|duration))?"),
    ("other_therapy", _THERAPY),
)
# "since prior chemotherapy": counted from something earlier, not from a milestone of this study.
EARLIER_THERAPY = (
    r"(?:any |the |all |their |completion of |completing |last |end of |most recent )*(?:prior|"
    r"previous|earlier|other|preceding)(?![\\w-])|"
    r"(?:last|most recent|completion of|completing|end of|ending)(?: \w+){0,3} (?:chemo|radio|"
    r"radiation|immuno|hormon|"
    r"therapy|treatment|prior|previous|nitrosourea|course|systemic|anti|definitive|adjuvant)|"
    r"(?:major )?surgery|"
    r"chemo|radio|radiation|immuno|hormon|therapy|definitive|last (?:chemo|radio|therapy|"
    r"treatment|anti)"
)

# Whole-phrase words -------------------------------------------------------------------------------
WHICHEVER = (
    r"which ?ever (?:(?:period|one|time|interval|duration|of these|is|was|occurs?|comes?|the|has|"
    r"been) )*"
)
LONGER = r"longe[rs]t?|greate[rs]t?|later?|latest|last|more|higher"
SHORTER = r"shorte[rs]t?|smaller|less|earlier|earliest|first|sooner|lesser"
EVER = (
    r"(?:prior|previous|past|any prior|any previous|earlier) (?:receipt|use|exposure|treatment|"
    r"therap(?:y|ies)|"
    r"administration|participation|enrol\w+|vaccination|immuni[sz]ation|infusion|transplant\w*|"
    r"(?:(?!lines?|regimens?|courses?|cycles?|evidence|in|with|history|response)\S+ ){0,4}?"
    r"(?:transplant\w*|therapy|treatment|vaccination|chemotherapy|radiotherapy|infusion|"
    r"exposure))\b"
    r"|(?:previously|ever) (?:received|treated|exposed|enrol\w+|participated|taken|used|been|had|"
    r"vaccinated|transplanted|"
    r"diagnosed|undergone)|(?:at any time|any time) (?:in the past|previously|before|prior to)|in "
    r"(?:his|her|their) lifetime|"
    r"lifetime (?:history|diagnosis|exposure|use)|life-?long history|\bever\b|at any time in "
    r"(?:his|her|their|the) li(?:fe|ves)"
)
AT = (
    r"(?:at|on)(?: the)?(?: (?:time|day|moment|date|point)s?(?: point)? of)?(?: the)?(?: start "
    r"of)?(?: signing)?(?: (?:the|this|study))?"
)
DURING = (
    r"(?:during|throughout|for the duration of|for the length of|for the entire|over the course "
    r"of|while (?:on|in))"
)

# Not an eligibility time: "24-hour urine", "every 3 weeks", "28-day cycle", "6-minute walk".
NOT_TIME_AFTER = (
    r"[- ]*(?:(?!of|prior|before|after|from|since|following|in|to|for|and|or)\w+ )?(?:urin\w+|"
    r"walk\w*|holter|ecg|ekg|electrocardio\w*|electrophoresis|ambulatory|creatinine|proteinuria|"
    r"protein|"
    r"collection|clock|recall|cycles?|mortality|survival rate|plasma glucose|glucose|post-?load|"
    r"post-?prandial|pulse|diary|diaries|"
    r"oral glucose|ogtt|dosing interval|schedule|average|mean|abpm|food|interval)\b|:\s*\d"
)
RATE_AFTER = (
    r"\s*(?:per|each|every|/|out of)\s*(?:a |the )?(?:day|week|month|year|calendar|cycle)|s? a "
    r"(?:day|week|month|year)\b"
)
NOT_TIME_BEFORE = (
    r"(?:(?:\bq|\bevery|\beach|\bper|(?:\d|mg|mcg|ml|\bg|kg|\bl|iu|dose|%|day|week)\s?/|\bcycle|"
    r"\bvisit|\bgrade|\btype|\bclass|\bstage|\bphase|\bperiod|\bpart|\barm|\bcohort|"
    r"\bstep|\bversion|\bcriterion|\bitem|\bpage|\btable|\bday -?|\bweek|\bappendix|\bsection|"
    r"\bvitamin|\bx)\s*|[\d][.,/]|[a-z]-?)$"
)


def words(table: str) -> re.Pattern[str]:
    """Which compiled pattern matches these words as whole words?"""
    return re.compile(rf"(?<![\w])(?:{table})(?![\w])")
