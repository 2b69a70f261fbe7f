"""The names of things that Cloudinary's gravities know: the classes of COCO and Pascal VOC, and what shops show."""

import re

_COCO = """
person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant stop_sign parking_meter bench
bird cat dog horse sheep cow elephant bear zebra giraffe backpack umbrella handbag tie suitcase frisbee skis snowboard
sports_ball kite baseball_bat baseball_glove skateboard surfboard tennis_racket bottle wine_glass cup fork knife spoon
bowl banana apple sandwich orange broccoli carrot hot_dog pizza donut cake chair couch potted_plant bed dining_table
toilet tv laptop mouse remote keyboard cell_phone microwave oven toaster sink refrigerator book clock vase scissors
teddy_bear hair_drier toothbrush
"""
_VOC = "aeroplane motorbike diningtable pottedplant sofa tvmonitor background"
_CATEGORIES = """
vehicle outdoor animal accessory sports kitchen food furniture electronic electronics appliance indoor
"""
_SHOPS = """
bag belt blazer boot bracelet cap clothing coat dress earring earrings footwear glasses glove hat headphones heels
helmet jacket jeans jewelry necklace pants purse ring sandal scarf shirt shoe shorts skirt sneakers sock suit
sunglasses sweater swimwear trousers wallet watch
baby boy child face girl human man people woman
bathtub cabinet couch curtain cushion desk door drawer faucet fireplace houseplant lamp mirror monitor picture_frame
pillow plant rug shelf sofa_bed stairs stool stove table television wardrobe window
beer bread burger cheese coffee cocktail cookie dessert drink egg fish fruit grape hamburger ice_cream juice lemon
meat mug mushroom pasta pear pineapple plate potato salad seafood strawberry sushi tea tomato vegetable watermelon
wheel wine
building bridge camera castle computer computer_monitor drum flag flower guitar house mobile_phone musical_instrument
palm_tree phone piano rose sign skyscraper swimming_pool tablet tent tower toy tree
ambulance bike helicopter lorry motorcar plane scooter ship taxi tractor van
butterfly camel chicken deer duck elephant fox frog goat insect kitten lion monkey panda penguin pig puppy rabbit
tiger turtle
"""
DOCUMENTED = frozenset(f"{_COCO} {_VOC} {_CATEGORIES} {_SHOPS}".split())
_MODEL = re.compile(r"(coco|lvis|unidet|cld-fashion|cld-text|shop-classifier|human-anatomy)(_v\d{1,2})?_(?=[a-z])")


def bare(word: str) -> str:
    """Return the name of a thing without the model that should find it."""
    return _MODEL.sub("", word, count=1)


def is_documented(word: str) -> bool:
    """Whether a word names a thing that Cloudinary finds, or a model of theirs that finds it."""
    return word in DOCUMENTED or _MODEL.match(word) is not None
