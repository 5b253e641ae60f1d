"""Schedules IR once for each of its roles, without that role: delete-roles.py TARGET < IR.

Prints each distinct warning. Fails where the pass ends in another way than with a plain schedule and a warning.
"""

import re
import subprocess
import sys

text = sys.stdin.read()
roles = list(re.finditer(r' \{llama\.role = "(\w+)"\}', text))
told = set()
for role in roles:
    result = subprocess.run(
        ["llamir-opt", "--halide-schedule=target=" + sys.argv[1]],
        input=text[: role.start()] + text[role.end() :],
        capture_output=True,
        text=True,
    )
    warnings = re.findall(r"warning: (cannot be scheduled as .*)", result.stderr)
    if result.returncode != 0 or len(warnings) != 1:
        sys.exit("without the role %s: status %d\n%s" % (role[1], result.returncode, result.stderr[:2000]))
    told.update(warnings)
print("\n".join(sorted(told)))
print("%d roles" % len(roles))
