#!/usr/bin/env python3
"""What scikit-learn says of weighed.csv: the numbers that tests.rs compares with.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python expect.py > expect.csv

Cllr is the balanced log loss in bits of the posterior at even odds (scikit-learn's log_loss with weights), Cllr_min the same
after isotonic regression, so that neither formula is shared with the code under test.
"""
import csv
import math
import pathlib

from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, log_loss, roc_auc_score

HERE = pathlib.Path(__file__).parent
rows = list(csv.DictReader(open(HERE / "weighed.csv")))
llr = [float(r["log10_lr"]) for r in rows]
y = [int(r["target"]) for r in rows]
n1, n0 = sum(y), len(y) - sum(y)
w = [0.5 / n1 if t else 0.5 / n0 for t in y]


def cost(p):
    return log_loss(y, p, sample_weight=w, labels=[0, 1]) / math.log(2)


even = [10**x / (1 + 10**x) for x in llr]
print("cllr", repr(float(cost(even))), sep=",")
iso = IsotonicRegression(y_min=0, y_max=1).fit_transform(llr, y, sample_weight=w)
print("cllr_min", repr(float(cost(iso))), sep=",")
print("auc", repr(float(roc_auc_score(y, llr))), sep=",")
# Two classes: the multi-class score of this project sums over both, hence twice the binary one.
print("brier", repr(2 * float(brier_score_loss(y, even))), sep=",")
truth = [r["truth"] for r in rows]
answer = [r["answer"] for r in rows]
print("macro_accuracy", repr(float(balanced_accuracy_score(truth, answer))), sep=",")
print("macro_f1", repr(float(f1_score(truth, answer, average="macro", labels=sorted(set(truth))))), sep=",")
