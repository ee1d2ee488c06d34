# SPDX-License-Identifier: Apache-2.0
"""Says in SPDX 2.3 which Debian packages the files of an image come from, by dpkg's own records."""
import hashlib
import json
import os
import re
import subprocess
import time

OURS = "/opt/bulkhead/"


def packages_of(sources):
    """Package and the files of it that are in the image; what no package has is ours or made by one."""
    found, owners = {}, owners_of({path for path in sources.values() if not path.startswith(OURS)})
    for place, source in sorted(sources.items()):
        owner = owners.get(source)
        if owner:
            found.setdefault(owner, []).append(place)
    return found


def owners_of(paths):
    """dpkg knows files by the names under which they were unpacked: those before /usr took over, too."""
    asked = {}
    for path in paths:
        asked[path] = path
        if path.startswith("/usr/"):
            asked[path.removeprefix("/usr")] = path
    names = sorted(asked)
    owners = {}
    for start in range(0, len(names), 500):
        done = subprocess.run(["dpkg", "-S", *names[start:start + 500]], capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            match = re.match(r"([a-z0-9.+-]+)(?::[a-z0-9]+)?: (/.*)$", line)
            if match and match[2] in asked:
                owners[asked[match[2]]] = match[1]
    return owners


def facts(names):
    """Version, source and architecture of packages, as installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Maintainer}\n", *names],
                          capture_output=True, text=True, check=True)
    return sorted({tuple(line.split("\t")) for line in done.stdout.splitlines()})


def tree_digest(root):
    """Of all that the image holds: names, rights, contents."""
    digest = hashlib.sha256()
    for at, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*names, *(each for each in folders if os.path.islink(os.path.join(at, each)))]):
            path = os.path.join(at, name)
            digest.update(f"{os.path.relpath(path, root)}\0{os.lstat(path).st_mode:o}\0".encode())
            if os.path.islink(path):
                digest.update(os.readlink(path).encode())
            else:
                with open(path, "rb") as file:
                    digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def package_row(name, version, architecture, source, maintainer):
    return {
        "SPDXID": f"SPDXRef-Package-{re.sub('[^A-Za-z0-9.-]', '-', name)}",
        "name": name, "versionInfo": version, "supplier": f"Organization: {maintainer}",
        "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from {source}",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:deb/debian/{name.replace('+', '%2B')}@{version.replace('+', '%2B').replace(':', '%3A')}"
                                              f"?arch={architecture}"}],
    }


def other_row(purl):
    """A program that dpkg does not know, by its package URL: pkg:pypi/NAME@VERSION."""
    name, _, version = purl.rpartition("/")[2].partition("@")
    return package_row(name, version, "", name, "NOASSERTION") | {
        "supplier": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]}


def document(name, sources, root, epoch):
    """SBOM_ALSO holds package URLs of what the image has besides, divided by blanks."""
    held = packages_of(sources)
    rows = [package_row(*each) for each in (facts(sorted(held)) if held else [])]
    rows += [other_row(purl) for purl in os.environ.get("SBOM_ALSO", "").split()]
    digest = tree_digest(root)
    image = {"SPDXID": "SPDXRef-Image", "name": f"bulkhead-{name}", "versionInfo": digest[:16], "supplier": "NOASSERTION",
             "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
             "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "CONTAINER",
             "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-Image"},
                 *({"spdxElementId": "SPDXRef-Image", "relationshipType": "CONTAINS", "relatedSpdxElement": row["SPDXID"]}
                   for row in rows)]
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"bulkhead-{name}",
        "documentNamespace": f"urn:sha256:{digest}",
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
                         "creators": ["Tool: bulkhead deploy/image/sbom.py"]},
        "packages": [image, *rows], "relationships": relations,
    }, indent=1, sort_keys=True) + "\n"
