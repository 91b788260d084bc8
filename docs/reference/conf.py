# Copyright 2026 The scenebox_ros Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""How Sphinx makes the reference of the client out of its docstrings: ``make docs``."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[2]))

project = 'scenebox_ros'
author = 'The scenebox_ros Authors'
extensions = ['sphinx.ext.autodoc', 'sphinx.ext.napoleon']
autodoc_member_order = 'alphabetical'
autodoc_typehints = 'signature'
python_use_unqualified_type_names = True
# bytes is a type, and an attribute of some classes here.
suppress_warnings = ['ref.python']
napoleon_google_docstring = False
napoleon_use_rtype = False
html_theme = 'alabaster'
html_theme_options = {'page_width': '1100px', 'sidebar_width': '280px', 'fixed_sidebar': True}
html_show_copyright = False
