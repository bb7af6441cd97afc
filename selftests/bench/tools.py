# SPDX-License-Identifier: GPL-2.0
"""What commands need before they can be run: packages of Debian, and programs to build."""
import pathlib
import subprocess

# By how a command's name ends. Those that are not in every Debian are only looked up.
PACKAGES = {"php": "php-cli", "-nim": "nim", "-go": "golang-go", "-boehm": "libgc-dev"}
OPTIONAL = {"qjs": "quickjs"}


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def last_line(text, otherwise):
    return (text.strip().splitlines() or [otherwise])[-1]


class Tools:
    """Has what is needed, once, and remembers why something cannot be had."""

    def __init__(self, here, build, packages):
        self.here, self.build, self.packages = here, build, packages
        self.answers = {}

    def once(self, what, get):
        if what not in self.answers:
            self.answers[what] = get()
        return self.answers[what]

    def install(self, package):
        """None, or why not."""
        done = run(self.packages, package)
        if done.returncode:
            return last_line(done.stderr, f"package {package} could not be installed")
        return None

    def look_up(self, package):
        if run("dpkg-query", "-W", "-f", "${db:Status-Status}", package).stdout == "installed":
            return None
        known = "Candidate: (none)" not in (run("apt-cache", "policy", package).stdout or
                                            "Candidate: (none)")
        if not known:
            return f"this Debian has no package {package}"
        return self.install(package)

    def make(self, program):
        done = run("make", "-s", "-C", str(self.here), f"O={self.build}", str(program))
        if done.returncode:
            return f"{program.name} does not build: " + last_line(done.stderr, "make failed")
        return None

    def why_not(self, argv):
        """Has what a command needs. None, or why it cannot be run."""
        program = pathlib.Path(argv[0])
        for end, package in OPTIONAL.items():
            if program.name == end:
                return self.once(package, lambda package=package: self.look_up(package))
        for end, package in PACKAGES.items():
            if program.name.endswith(end):
                why = self.once(package, lambda package=package: self.install(package))
                if why:
                    return why
        if self.build in program.parents:
            return self.once(program, lambda: self.make(program))
        return None
