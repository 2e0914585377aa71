"""The image and the compose file run in a plain folder, where no container engine is: as their user, by their commands.

Dockerfile and docker-compose.yml are read, not repeated: what they say is what runs. What a folder cannot be (paths,
names and ports of its own) is put in place of theirs by `bench.compose.places`, and nowhere else.
"""
