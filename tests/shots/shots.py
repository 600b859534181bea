"""Makes the pictures: shots.py PROGRAMS FOLDER [NAME...]. PROGRAMS is where weir with tests/shots/stage.c in front of
it is, and tests/shots/certificates.

For each picture weir starts on a terminal of its own (tmux), the play of play.py passes through it, keys are pressed,
and the cells become SVG and PNG. Nothing sleeps for luck: every step waits for a text on the screen or for a line that
weir has written, and time moves only where the play says so; the same sources give the same bytes."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import ansi2svg
import play
import shop

PATIENCE = 20.0
REDRAW = "C-l"


class Scene:
    def __init__(self, programs, width, height, light=False):
        self.width, self.height, self.light = width, height, light
        self.folder = tempfile.mkdtemp(prefix="weir-shots-")
        self.stage = play.Stage(self.folder + "/stage")
        subprocess.run([programs + "/certificates", self.folder, str(play.HOUR)], check=True)
        self.origin = play.Origin(self.stage, self.folder)
        self.lines = self.folder + "/lines"
        self.finished = 0
        self.open = []
        env = {"WEIR_STAGE": self.folder + "/stage", "TERM": "tmux-256color", "LANG": "C.UTF-8", "TZ": "UTC",
               "HOME": self.folder, "TMPDIR": self.folder, "PATH": os.environ["PATH"],
               "COLORFGBG": "0;15" if light else "15;0"}
        command = ["env", "-i"] + [f"{k}={v}" for k, v in env.items()] + \
                  [programs + "/weir", "--listen", "127.0.0.1:0", "--write", self.lines,
                   "--upstream-ca", self.folder + "/root.pem",
                   "--passthrough", "bank.test", "--insecure", "legacy.shop.test"]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), *command,
                  ";", "set", "-g", "status", "off", ";", "set", "-s", "escape-time", "0",
                  ";", "set", "-g", "remain-on-exit", "on")
        self.see("nothing has passed yet")

    def tmux(self, *arguments):
        command = ["tmux", "-S", self.folder + "/tmux"] + list(arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def close(self):
        self.tmux("kill-server")
        self.origin.close()
        shutil.rmtree(self.folder)

    def wait(self, ready, what):
        end = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > end:
                sys.exit(f"shots.py: waited {PATIENCE:g} s for {what}; the screen says\n{self.tmux('capture-pane', '-p')}")
            time.sleep(0.005)

    def see(self, text, key=None):
        """Until it stands on the screen; a key pressed meanwhile makes weir paint what traffic has changed."""
        def there():
            if key:
                self.tmux("send-keys", key)
            return text in self.tmux("capture-pane", "-p")
        self.wait(there, f"“{text}”")

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def later(self, seconds):
        self.stage.go_on(int(seconds * play.S))

    # ---- traffic ----

    def ask(self, ask, ms, answer):
        """A request that stays open: until the server has it, when it has something to do with it."""
        if answer is not None:
            self.origin.answers.append((ms, answer))
        return play.talk(self.stage, ask)

    def written(self):
        self.finished += 1
        self.wait(lambda: os.path.exists(self.lines) and open(self.lines, "rb").read().count(b"\n") >= self.finished,
                  f"line {self.finished} of --write")

    def pass_(self, what, ms, answer):
        if isinstance(what, str):
            play.distrust(self.stage, what)
        else:
            play.finish(self.ask(what, ms, answer))
        self.written()
        self.later(0.6)

    def go_through(self, exchanges):
        for exchange in exchanges:
            self.pass_(*exchange)

    def hold(self, bytes_, ms, answer):
        """A request that an intercept pauses; the screen says so."""
        before = self.tmux("capture-pane", "-p").count("paused ")
        self.open.append(self.ask(bytes_, ms, answer))
        self.wait(lambda: (self.keys(REDRAW), self.tmux("capture-pane", "-p").count("paused ") > before)[1],
                  "a paused row")

    def quiet(self):
        """Rates fall to nothing: two turns, with time between."""
        for _ in range(2):
            self.later(1)
            shown = self.stage.now()
            self.keys(REDRAW)
            self.wait(lambda: self.still(), f"rest at {shown}")

    def still(self):
        before = self.tmux("capture-pane", "-ep")
        time.sleep(0.03)
        return before == self.tmux("capture-pane", "-ep")

    # ---- the picture ----

    def take(self, folder, name, title):
        self.wait(self.still, "rest")
        text = self.tmux("capture-pane", "-epN")
        x, y, shown = self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag}").split()
        cursor = (int(x), int(y)) if shown == "1" else None
        path = f"{folder}/{name}.png"
        drawing = ansi2svg.svg(text, self.width, self.height, title, cursor, self.light)
        with open(f"{self.folder}/{name}.svg", "w", encoding="utf-8") as f:
            f.write(drawing)
        subprocess.run(["rsvg-convert", "-z", "1.5", "-o", path, f"{self.folder}/{name}.svg"], check=True)
        subprocess.run(["optipng", "-quiet", "-o2", "-strip", "all", path], check=True)
        print(f"  SHOT {path}", flush=True)


# ---- the pictures ----

def to_flow(scene, number):
    """The cursor on flow `number`."""
    scene.type(f"{number}gg")


def list_(scene):
    scene.go_through(shop.shop())
    to_flow(scene, 4)
    scene.type("m")
    scene.see("★")
    to_flow(scene, 6)
    scene.origin.answers.append((4, play.answer("401 Unauthorized", shop.JSON, b'{"error":"bad credentials"}')))
    scene.type("r")
    scene.written()
    scene.see("of #6: ", REDRAW)
    to_flow(scene, 7)
    scene.see("#7 200")


def detail(scene):
    list_(scene)
    to_flow(scene, 5)
    scene.keys("Enter")
    scene.see("Pretty")


def paused(scene):
    scene.go_through(shop.shop())
    scene.type("i")
    scene.keys("C-u")
    scene.type("POST /login|/cart")
    scene.keys("Enter")
    scene.see("intercept POST")
    scene.hold(play.request("POST", "https://api.shop.test/login", shop.LOGIN, shop.JSON), 3,
               play.answer("401 Unauthorized", shop.JSON, b'{"error":"bad credentials"}'))
    scene.later(29)
    scene.hold(play.request("POST", "https://api.shop.test/api/cart", shop.CART, shop.JSON), 3,
               play.answer("201 Created", shop.JSON, b'{"id":5}'))
    scene.later(12)
    scene.type("gh")
    scene.see("[F3 Paused 2]")


def editor(scene):
    paused(scene)
    scene.type("e")
    scene.see("Ctrl-S")
    for _ in range(4):
        scene.keys("Down")
    scene.keys("End", "Enter")
    scene.type("X-Debug: 1")
    scene.see("X-Debug: 1")


def filter_(scene):
    scene.go_through(shop.shop())
    scene.type("f")
    scene.type("GET|POST 2xx|4xx|5xx host:shop -/login")
    scene.see(" match")


def rule(scene):
    """One is being made from a request: what it is to be answered with."""
    scene.go_through(shop.shop())
    to_flow(scene, 6)
    scene.type("Mm")
    scene.see("new rule from #6")
    scene.type("500")
    scene.see("answer 500")


def rules(scene):
    rule(scene)
    scene.keys("C-s")
    scene.see("rule 1 is on")
    scene.type("Mh")
    scene.see("NAME: VALUE")
    scene.type("X-Debug: 1")
    scene.keys("M-a", "Enter")
    scene.see("rule 2 is on")
    scene.type(":rule [slow cdn] off host:cdn.shop.test => delay 2s +-200ms")
    scene.keys("Enter")
    scene.see("rule 3 is there")
    scene.pass_(play.request("POST", "https://api.shop.test/login", shop.LOGIN, shop.JSON), 0, None)
    scene.keys("F5")
    scene.see("would have matched")


def diff(scene):
    list_(scene)
    to_flow(scene, 6)
    scene.keys("D")
    to_flow(scene, 7)
    scene.keys("D")
    scene.see("lines differ")


def waterfall(scene):
    list_(scene)
    scene.keys("F6")
    scene.see("Waterfall")
    scene.keys("BTab")
    scene.see("waiting for the first byte")


def failed(scene):
    scene.go_through(shop.shop())
    to_flow(scene, 15)
    scene.keys("Enter")
    scene.see("Pretty")


def tls(scene):
    scene.go_through(shop.troubles())
    to_flow(scene, 11)
    scene.see("#11 ")


def connection(scene):
    scene.go_through(shop.shop())
    to_flow(scene, 5)
    scene.keys("Enter")
    scene.type("t")
    scene.see("Presented")


def setup(scene):
    scene.go_through(shop.troubles())
    scene.keys("F8")
    scene.see("Trust the certificate")


def help_(scene):
    scene.go_through(shop.shop())
    scene.type("?")
    scene.see("keys in")


def first(scene):
    pass


WIDE, SMALL = (120, 36), (80, 24)
PICTURES = {
    "list": (WIDE, list_, "weir: every request as it happens, the one under the cursor below"),
    "detail": (WIDE, detail, "weir: request and response side by side"),
    "paused": (WIDE, paused, "weir: two requests wait for a person"),
    "editor": (WIDE, editor, "weir: a paused request being changed"),
    "filter": (WIDE, filter_, "weir: the list is filtered while one types"),
    "rule": (WIDE, rule, "weir: a rule made from a request"),
    "rules": (WIDE, rules, "weir: the rules, and what one of them would have matched"),
    "diff": (WIDE, diff, "weir: what changed between two requests and their answers"),
    "waterfall": (WIDE, waterfall, "weir: where the time went"),
    "failed": (WIDE, failed, "weir: why a request failed"),
    "tls": (WIDE, tls, "weir: why TLS failed, and what to press"),
    "connection": (WIDE, connection, "weir: both TLS connections of a request"),
    "setup": (WIDE, setup, "weir: how programs come here and trust it"),
    "help": (WIDE, help_, "weir: every key"),
    "first": (WIDE, first, "weir: before the first request"),
    "list-80x24": (SMALL, list_, "weir: the list at 80x24"),
    "detail-80x24": (SMALL, detail, "weir: one message at 80x24"),
    "list-light": (WIDE, list_, "weir: on a light terminal"),
}


def main():
    programs, folder, names = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.makedirs(folder, exist_ok=True)
    for name, (size, scene_of, title) in PICTURES.items():
        if names and name not in names:
            continue
        scene = Scene(programs, *size, light=name.endswith("light"))
        try:
            scene_of(scene)
            scene.quiet()
            scene.take(folder, name, title)
        finally:
            scene.close()


main()
