"""Trains a small model and registers it. MLflow's client finds its server in the variables that the runner sets."""

import os
import random

import mlflow
from sklearn.linear_model import LinearRegression

random.seed(int(os.environ.get("SEED", "0")))
inputs = [[random.random(), random.random()] for _ in range(100)]
targets = [3 * x + 2 * y for x, y in inputs]
model = LinearRegression().fit(inputs, targets)
with mlflow.start_run():
    mlflow.log_metric("r2", model.score(inputs, targets))
    mlflow.sklearn.log_model(model, name="model", registered_model_name="bikes")
print("trained on", len(inputs), "rows")
