"""Starts dunst in a virtual display, promotes, and reads from dunst's history what it showed."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

program = str(pathlib.Path(sys.argv[1]).resolve())
folder = pathlib.Path(tempfile.mkdtemp())


def run(channels, environment=os.environ):
    alerts = {"app_name": "Bikes"} | ({"channels": channels} if channels else {})
    config = {
        "services": {"alerts": alerts, "mlflow": {"tracking_uri": "sqlite:///mlflow.db"}},
        "job": {"KIND": "RegistrationJob", "name": "bikes <b> &amp;", "source": "s"},
    }
    (folder / "job.json").write_text(json.dumps(config))
    done = subprocess.run(
        [program, "--output", "json", "job.json"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done
    return json.loads(done.stdout)["jobs"][0]["notifications"], done.stderr


def wait_until(is_true, what):
    deadline = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < deadline, f"{what} did not happen within 30 s"
        time.sleep(0.05)


def history():
    shown = subprocess.run(["dunstctl", "history"], capture_output=True, text=True, check=True)
    return [
        {key: value["data"] for key, value in entry.items() if key in ("appname", "summary", "body")}
        for entry in json.loads(shown.stdout)["data"][0]
    ]


def told(channel, status):
    return {"channel": channel, "status": status, "attempts": 1}


# Without a daemon: the default is the console, and a channel of one's own fails and says so.
lonely = {key: value for key, value in os.environ.items() if key != "XDG_RUNTIME_DIR"}
lonely["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
notifications, stderr = run(None, lonely)
assert notifications == [told("ConsoleChannel", "sent")], notifications
assert "[Bikes] Registration Job Finished: Version: 1" in stderr, stderr
notifications, stderr = run([{"KIND": "DesktopChannel"}], lonely)
assert notifications[0]["status"] == "failed" and "no notification daemon answers" in notifications[0]["error"], notifications


def check_daemon(markup, model, versions):
    """Promotes twice beside a dunst with or without markup, and checks what it showed."""
    settings = folder / "dunstrc"
    settings.write_text(f"[global]\nmarkup = {markup}\n")
    daemon = subprocess.Popen(["dunst", "-conf", str(settings)])
    try:
        count = ["dunstctl", "count"]
        wait_until(lambda: subprocess.run(count, capture_output=True).returncode == 0, "an answer of dunst")
        for channels in [None, [{"KIND": "DesktopChannel"}]]:
            notifications, stderr = run(channels)
            assert notifications == [told("DesktopChannel", "sent")], notifications
            assert "Registration Job Finished:" not in stderr, stderr
        subprocess.run(["dunstctl", "close-all"], check=True)
        wait_until(lambda: len(history()) == len(versions), "the history of two notices")
        shown = sorted(history(), key=lambda entry: entry["body"])
        for version, entry in zip(versions, shown, strict=True):
            assert entry["appname"] == "Bikes" and entry["summary"] == "Registration Job Finished", entry
            assert entry["body"].startswith(f"Version: {version}\nModel: {model}\n"), entry
    finally:
        daemon.terminate()
        daemon.wait()


read, write = os.pipe()
display = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24"], pass_fds=[write])
os.close(write)
try:
    os.environ["DISPLAY"] = ":" + os.fdopen(read).readline().strip()
    check_daemon("full", "bikes &lt;b&gt; &amp;amp;", [3, 4])
    check_daemon("no", "bikes <b> &amp;", [5, 6])
finally:
    display.terminate()
    display.wait()
print("the desktop was told")
