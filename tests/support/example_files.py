"""The example pipelines: where they are, and what they say of their ports."""

from program import SOURCE

PIPELINES = SOURCE / "pipelines"
EXAMPLES = sorted(PIPELINES.glob("*.toml"))


def link_pipelines(folder):
    """Makes a folder `pipelines` like the tree's: what the examples write beside themselves lands in there."""
    (folder / "pipelines").mkdir()
    for path in PIPELINES.iterdir():
        (folder / "pipelines" / path.name).symlink_to(path)


def receives(pipeline, port):
    """Whether packets come in by the port of that name."""
    elements = pipeline.get("elements", {}).values()
    return (any(element["type"] == "FromDevice" and element.get("port") == port for element in elements) or
            any(path.split("->")[0].strip() == port for path in pipeline["graph"]["paths"]))
