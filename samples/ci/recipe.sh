#!/bin/sh
# Continuous integration in two lines: the build fails if the tests cannot live past 2038, and the
# report goes to whatever shows SARIF.
sudo apt-get install -y ./ttrace_*_amd64.deb
ttrace --clock 2038-01-19 --fail-on error -o ttrace.sarif -- make check
