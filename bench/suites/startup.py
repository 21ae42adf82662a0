"""Start-up: what `import` costs."""

from bench.problem import ImportTime

PROBLEMS = (
    ImportTime(
        name="import",
        title="import in a fresh interpreter, whose own start is not counted",
        per="import",
        targets={"numpy": 1.3},
    ),
)
