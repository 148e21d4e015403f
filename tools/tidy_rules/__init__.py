# SPDX-License-Identifier: Apache-2.0
"""The rules of tools/tidy, one module for each family; every one has `check(project)`."""
