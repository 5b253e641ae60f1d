"""A format of lit's that runs each GoogleTest case by itself.

lit's own runs them in groups, so that --filter chooses among groups, and the reason of a case that is skipped is lost.
"""

import os
import re
import subprocess

import lit.formats
import lit.Test
import lit.util


class GoogleTestCases(lit.formats.TestFormat):
    """One test for each case of the programs whose names end in `suffix`."""

    def __init__(self, suffix):
        self.suffix = suffix

    def getTestsInDirectory(self, suite, path_in_suite, lit_config, config):
        folder = suite.getSourcePath(path_in_suite)
        for name in sorted(lit.util.listdir_files(folder, suffixes={self.suffix})):
            program = os.path.join(folder, name)
            for case in list_cases(program, lit_config, config):
                yield lit.Test.Test(suite, path_in_suite + (name, case), config, file_path=program)

    def execute(self, test, lit_config):
        if lit_config.noExecute:
            return lit.Test.PASS, ""
        command = [test.file_path, "--gtest_filter=" + test.path_in_suite[-1]]
        start = "$ %s\n" % " ".join(command)
        try:
            output, _, status = lit.util.executeCommand(
                command, env=test.config.environment, timeout=test.config.maxIndividualTestTime, redirect_stderr=True
            )
        except lit.util.ExecuteCommandTimeoutException as error:
            return lit.Test.TIMEOUT, start + error.out
        reason = re.search(r": Skipped\n(.*)", output)
        if status == 0 and reason:
            return lit.Test.UNSUPPORTED, reason[1]
        if status == 0 and "[  PASSED  ] 1 test." in output:
            return lit.Test.PASS, ""
        return lit.Test.FAIL, "%s%s\nexit status %s\n" % (start, output, status)


def list_cases(program, lit_config, config):
    """The names of the cases of a program, as --gtest_filter takes them."""
    command = [program, "--gtest_list_tests", "--gtest_filter=-*DISABLED_*"]
    try:
        lines = subprocess.check_output(command, env=config.environment, text=True).splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        lit_config.fatal("%s does not list its cases: %s" % (program, error))
    # "Suite." and then "  Case", both with a comment where they have a parameter.
    group = ""
    for line in lines:
        name = line.split("#")[0].rstrip()
        if not line.startswith(" "):
            group = name
        else:
            yield group + name.strip()
