"""Where pip works, uv works too: the pinned uv against an index whose certificate comes from a company's authority."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from action.installation import BUNDLES, environment_of_uv, for_uv
from embedded.install import source
from tests.embedded.company_index import PACKAGE, CompanyIndex
from tests.embedded.senders import ENVIRONMENT

UV = str(Path(sys.executable).parent / "uv")
PIP_CONFIG = "[global]\nindex-url = {url}\ncert = {certificate}\n"


def test_uv_takes_index_password_and_certificate_from_the_settings_of_pip(tmp_path: Path, index: CompanyIndex) -> None:
    (tmp_path / "pip.conf").write_text(PIP_CONFIG.format(url=index.url, certificate=index.certificate))
    (tmp_path / "wanted.txt").write_text(f"{PACKAGE}==1 --hash=sha256:{hashlib.sha256(index.wheel).hexdigest()}\n")
    quick = {
        "PIP_RETRIES": "0",
        "UV_HTTP_RETRIES": "0",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PIP_NO_CACHE_DIR": "1",
    }
    pip_only = {**ENVIRONMENT, **quick, "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    wanted = ["--require-hashes", "-r", str(tmp_path / "wanted.txt")]

    def install(program: list[str], target: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [*program, "install", *wanted, "--target", str(tmp_path / target)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    by_pip = install([sys.executable, "-m", "pip"], "by-pip", pip_only)
    assert by_pip.returncode == 0, by_pip.stderr
    assert install([UV, "pip"], "by-uv-alone", pip_only).returncode != 0  # which is why there is a translation
    told = environment_of_uv(sys.executable, pip_only)
    by_uv = install([UV, "pip"], "by-uv", told)
    assert by_uv.returncode == 0, by_uv.stderr
    assert [each.name for each in (tmp_path / "by-uv").glob("company*")] == ["company_package-1.dist-info"]

    of_a_job = {**ENVIRONMENT, "HOME": str(tmp_path / "home"), "UV_OFFLINE": "1", **source(told)}
    assert "pass-of-mine" not in str(of_a_job)
    by_job = install([UV, "pip"], "by-job", of_a_job)
    assert by_job.returncode == 0, by_job.stderr


def test_uv_takes_the_certificates_of_the_system(tmp_path: Path, index: CompanyIndex) -> None:
    """As where an administrator added the company's authority; only root can try that, for one process."""
    system = Path(BUNDLES[0])
    alone = ["unshare", "--mount", "true"]
    if not system.exists() or os.geteuid() != 0 or subprocess.run(alone, check=False, capture_output=True).returncode:
        pytest.skip("needs root, with the right to mount, on a Linux whose certificates are where Debian has them")
    both = tmp_path / "both.pem"
    both.write_bytes(system.read_bytes() + index.certificate.read_bytes())
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(both), str(system), UV, "pip", "install", PACKAGE]
    command += ["--target", str(tmp_path / "target"), "--no-cache", "--default-index", index.url]
    plain = {**ENVIRONMENT, "HOME": str(tmp_path), "UV_HTTP_RETRIES": "0"}
    codes = [
        subprocess.run(command, env=environ, capture_output=True, check=False).returncode
        for environ in (plain, {**plain, **for_uv({}, plain, system_certificates=True)})
    ]
    assert codes == [2, 0]
