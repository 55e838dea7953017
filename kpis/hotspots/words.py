"""The words that describe a hotspot: what its texts say oftener than the same category elsewhere."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Final, Literal

import numpy as np

MOST: Final = 5
LEAST_TEXTS: Final = 2  # a word that one text alone has may point at a person
_ENGLISH: Final = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_COMMON_EN: Final = """
a an and are as at be been but by can did do does for from had has have he her his i if in is it its me my no not of on
or our out she so some than that the their them then there they this to up us very was we were what when which who will
with would you your mr mrs ms dear please hello thanks thank customer
"""
_COMMON_ZH: Final = """
我们 你们 他们 她们 自己 这个 那个 这里 那里 没有 已经 现在 还是 一直 一下 什么 怎么 为什么 因为 所以 但是 如果 可以
需要 希望 要求 请问 您好 你好 谢谢 客户 用户 先生 女士 小姐 同志 师傅 电话 来电 反映 表示 联系 手机 号码 地址 姓名
"""
_STOP_EN: Final = frozenset(_COMMON_EN.split())
_STOP_ZH: Final = frozenset(_COMMON_ZH.split())
Language = Literal["zh", "en"]


def tokens(text: str, language: Language, names: Collection[str] = ()) -> list[str]:
    """The words of `text`, lower case. None with a digit, none of `names` (people, streets, as the caller knows them).

    Chinese: words of two characters and more by jieba's dictionary; what has the form of a name or an address
    (X 先生, 联系人 X, X 路 3 号) is left out. English: letters, apostrophe and hyphen; what follows Mr, Ms and the like
    is left out, and streets with a number.
    """
    hidden = _masked(text, names)
    if language == "en":
        return [w for w in _ENGLISH.findall(hidden.lower()) if len(w) > 2 and w not in _STOP_EN]
    words = (w for part in _HAN.findall(hidden) for w in _cutter()(part))
    return [w for w in words if len(w) > 1 and w not in _STOP_ZH]


_PERSON: Final = (
    re.compile(r"(?i)\b(?:mr|mrs|ms|miss|dr)\.?\s+[\w'-]+(?:\s+[A-Z][\w'-]+)?"),
    re.compile(r"(?:姓名|联系人|户名|叫)[:：是为]?\s*[\u4e00-\u9fff]{2,4}"),
    re.compile(r"[\u4e00-\u9fff]{1,3}?(?:先生|女士|小姐|师傅|同志|阿姨|大爷|大妈)"),
    re.compile(r"[\u4e00-\u9fff]{2,8}?(?:路|街|巷|弄|村|小区|花园)[\d０-９一二三四五六七八九十]*[号栋幢单元室楼]*"),
    re.compile(r"\b\d[\d\s-]*\s+(?:[A-Z][\w'-]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive)\b\.?"),
    re.compile(r"\S*[@\d０-９]\S*", re.ASCII),
)


def _masked(text: str, names: Collection[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE) if name else text
    *people, numbers = _PERSON
    for pattern in people:
        text = pattern.sub(" ", text)
    # In Chinese a number stands inside the sentence: only itself goes, not what touches it.
    return re.sub(r"[\d０-９]+", " ", text) if _HAN.search(text) else numbers.sub(" ", text)


@cache
def _cutter() -> Callable[[str], Iterable[str]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.initialize()
    return lambda text: cutter.cut(text, HMM=False)  # guessed words are mostly names


def describing(
    here: Sequence[Sequence[str]], elsewhere: Sequence[Sequence[str]], *, most: int = MOST, prior: float = 10.0
) -> list[str]:
    """At most `most` words of the texts `here` that stand out against `elsewhere`, the most telling first.

    Each text a list of `tokens`; a word counts once per text, and must stand in two texts here. Log-odds with an
    informative Dirichlet prior: the words of both together, weighing as much as `prior` texts; a word needs z >= 1.645.
    Source: Monroe, Colaresi, Quinn 2008, Political Analysis 16:372.
    """
    ours, theirs = (Counter(w for text in texts for w in set(text)) for texts in (here, elsewhere))
    vocabulary = [w for w, n in ours.items() if n >= LEAST_TEXTS]
    if not vocabulary or not theirs:
        return []
    a = np.array([ours[w] for w in vocabulary], dtype=np.float64)
    b = np.array([theirs[w] for w in vocabulary], dtype=np.float64)
    n_a, n_b = sum(ours.values()), sum(theirs.values())
    weight = prior * (n_a + n_b) / max(len(here) + len(elsewhere), 1)  # words of `prior` texts
    p = weight * (a + b) / (n_a + n_b)
    others_a, others_b = np.maximum(n_a + weight - a - p, 0.5), np.maximum(n_b + weight - b - p, 0.5)
    odds = np.log((a + p) / others_a) - np.log((b + p) / others_b)
    z = odds / np.sqrt(1 / (a + p) + 1 / (b + p))
    order = np.lexsort((np.array(vocabulary), -z))
    return [vocabulary[i] for i in order[:most] if z[i] >= 1.645]
