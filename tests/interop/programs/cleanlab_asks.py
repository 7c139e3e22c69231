"""What cleanlab makes of our exports: `cleanlab_asks.py ISSUES.parquet ARRAYS.npz FOUND.parquet`."""

from __future__ import annotations

import json
import sys

import cleanlab
import numpy as np
import pandas as pd
from cleanlab import Datalab
from cleanlab.classification import CleanLearning
from sklearn.linear_model import LogisticRegression

issues, given = pd.read_parquet(sys.argv[1]), np.load(sys.argv[2])
place = {key: at for at, key in enumerate(given["id"])}
features = np.stack([given["features"][place[key]] for key in issues["id"]])
learning = CleanLearning(LogisticRegression())
learning.fit(features, issues["given_label"].to_numpy(), label_issues=issues)
lab = Datalab({"label": given["labels"]}, label_name="label")
lab.find_issues(features=given["features"], pred_probs=given["pred_probs"])
found = lab.get_issues().assign(id=given["id"])
found.to_parquet(sys.argv[3])
kept = learning.get_label_issues()
print(
    json.dumps({"version": cleanlab.__version__, "issues": int(kept["is_label_issue"].sum()), "columns": list(found)})
)
